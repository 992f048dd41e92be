# mistake: the output of W_o goes through dropout too (as in many transformer blocks); dropout may act on the attention
# diagnosis: dropout-twice
# weights only.
import torch
import torch.nn as nn
import torch.nn.functional as F


def split_heads(x, h):
    """(b, n, h*d) -> (b, h, n, d)"""
    return x.view(x.size(0), x.size(1), h, x.size(2) // h).transpose(1, 2)


def transpose_qkv(X, num_heads):
    return split_heads(X.contiguous(), num_heads).flatten(0, 1)


def transpose_output(X, num_heads):
    return combine_heads(X.reshape(-1, num_heads, *X.shape[1:]))


def combine_heads(heads, how="concat"):
    return heads.transpose(1, 2).flatten(-2) if how == "concat" else heads.mean(dim=1)


class CoreAttention(nn.Module):
    def __init__(self, attn_pdrop):
        super().__init__()
        self.attn_dropout = nn.Dropout(attn_pdrop)

    def forward(self, q, k, v, attn_mask=None):
        att = (q @ k.transpose(-2, -1)) * (1.0 / (k.size(-1) ** 0.5))
        if attn_mask is not None:
            att = att.masked_fill(attn_mask == 0, float("-inf"))
        att = F.softmax(att, dim=-1)
        self.attention_weights = att
        return self.attn_dropout(att) @ v


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias=False):
        super().__init__()
        self.n_head = num_heads
        self.W_q = nn.Linear(query_size, num_hiddens, bias=bias)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=bias)
        self.W_v = nn.Linear(value_size, num_hiddens, bias=bias)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias=bias)
        self.attention = CoreAttention(dropout)
        self.resid_dropout = nn.Dropout(dropout)

    def forward(self, queries, keys, values, valid_lens):
        B, T, _ = keys.size()
        mask = None
        if valid_lens is not None:
            mask = torch.arange(T, device=keys.device) < valid_lens.reshape(B, -1, 1)
            mask = mask.repeat_interleave(self.n_head, dim=0)
        q, k, v = self.W_q(queries), self.W_k(keys), self.W_v(values)
        y = self.attention(*[transpose_qkv(t, self.n_head) for t in (q, k, v)], mask)
        return self.resid_dropout(self.W_o(transpose_output(y, self.n_head)))
