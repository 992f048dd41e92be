# mistake: (1) valid_lens.clamp_(max=k) changes the caller's lengths in place when one is above k; (2) attention_weights
# diagnosis: lengths-clamped-in-place + weights-in-four-axes
# are kept as (b, h, q, k) instead of (b·h, q, k).
import torch
from torch import nn


def transpose_qkv(X, num_heads):
    return torch.cat([torch.stack(x.tensor_split(num_heads, dim=-1)) for x in X])


def transpose_output(X, num_heads):
    return torch.stack([torch.cat(list(group), dim=-1) for group in X.split(num_heads)])


def combine_heads(heads, how="concat"):
    if how == "average":
        return torch.einsum("bhnd->bnd", heads) / heads.shape[1]
    out = torch.einsum("bhnd->bnhd", heads)
    return out.reshape(out.shape[0], out.shape[1], out.shape[2] * out.shape[3])


class Attend(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.attention_weights = None

    def forward(self, q, k, v, lens):
        """q, k, v: (b, h, n, d)"""
        logits = torch.einsum("bhqd,bhkd->bhqk", q, k) / q.shape[-1] ** 0.5
        if lens is not None:
            lens.clamp_(max=k.shape[2])
            lens = lens[:, None, None, None] if lens.dim() == 1 else lens[:, None, :, None]
            logits = logits.masked_fill(torch.arange(k.shape[2], device=k.device) >= lens, -torch.inf)
        self.attention_weights = logits.softmax(dim=-1)
        return torch.einsum("bhqk,bhkd->bhqd", self.dropout(self.attention_weights), v)


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias=False):
        super().__init__()
        self.num_heads = num_heads
        self.W_q = nn.Linear(query_size, num_hiddens, bias=bias)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=bias)
        self.W_v = nn.Linear(value_size, num_hiddens, bias=bias)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias=bias)
        self.attention = Attend(dropout)

    def forward(self, queries, keys, values, valid_lens):
        def heads(x):
            return x.unflatten(-1, (self.num_heads, -1)).transpose(1, 2)

        mixed = self.attention(heads(self.W_q(queries)), heads(self.W_k(keys)), heads(self.W_v(values)), valid_lens)
        return self.W_o(combine_heads(mixed))
