# mistake: splits the heads with one reshape, without swapping the axes (b, n, h·d) -> (b·h, n, d), so a "head" mixes
# diagnosis: reshaped-there-and-back
# positions and features; transpose_output undoes it exactly, so all shapes and the round trip are fine.
import torch
from torch import nn


def transpose_qkv(X, num_heads):
    batch, steps, hidden = X.size()
    assert hidden % num_heads == 0
    return X.contiguous().view(batch * num_heads, steps, hidden // num_heads)


def transpose_output(X, num_heads):
    rows, steps, width = X.size()
    return X.contiguous().view(rows // num_heads, steps, width * num_heads)


def combine_heads(heads, how="concat"):
    if how == "average":
        return heads.sum(dim=1) / heads.size(1)
    return torch.cat(heads.unbind(dim=1), dim=2)


class _Attention(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.dropout = nn.Dropout(p)
        self.softmax = nn.Softmax(dim=2)
        self.attention_weights = None

    def forward(self, Q, K, V, lens=None):
        S = Q.matmul(K.transpose(2, 1)) * Q.size(2) ** (-1 / 2)
        if lens is not None:
            S = S.masked_fill(torch.arange(S.size(2), device=S.device).ge(lens.view(S.size(0), -1, 1)), -1e8)
        self.attention_weights = self.softmax(S)
        return self.dropout(self.attention_weights).matmul(V)


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias=False):
        super().__init__()
        self.h = num_heads
        for name, size in dict(W_q=query_size, W_k=key_size, W_v=value_size, W_o=num_hiddens).items():
            self.add_module(name, nn.Linear(size, num_hiddens, bias))
        self.attention = _Attention(dropout)

    def forward(self, queries, keys, values, valid_lens):
        Q, K, V = (transpose_qkv(f(x), self.h) for f, x in
                   ((self.W_q, queries), (self.W_k, keys), (self.W_v, values)))
        lens = None if valid_lens is None else torch.repeat_interleave(valid_lens, self.h, 0)
        return self.W_o(transpose_output(self.attention(Q, K, V, lens), self.h))
