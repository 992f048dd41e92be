# mistake: an additive mask of all heads, tiled over the samples.
# diagnosis: lengths-tiled
import math

import torch
from torch import nn


def transpose_qkv(X, num_heads):
    b, n, hd = X.shape
    return X.transpose(1, 2).reshape(b * num_heads, hd // num_heads, n).transpose(1, 2)


def transpose_output(X, num_heads):
    bh, n, d = X.shape
    return X.transpose(1, 2).reshape(bh // num_heads, num_heads * d, n).transpose(1, 2)


def combine_heads(heads, how="concat"):
    b, h, n, d = heads.shape
    if how == "average":
        return heads.sum(dim=1).div(h)
    out = heads.new_empty(b, n, h * d)
    for j in range(h):
        out[:, :, j * d : (j + 1) * d] = heads[:, j]
    return out


class Attention(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries, keys, values, mask):
        scores = torch.baddbmm(mask, queries, keys.transpose(1, 2), alpha=1 / math.sqrt(queries.shape[2]))
        exp = torch.exp(scores - scores.max(dim=-1, keepdim=True).values)
        weights = exp / exp.sum(dim=-1, keepdim=True)
        self.attention_weights = weights
        return self.dropout(weights).bmm(values)


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias=False):
        super().__init__()
        if num_hiddens % num_heads != 0:
            raise ValueError(f"num_heads ({num_heads}) must divide num_hiddens ({num_hiddens})")
        self.num_heads = num_heads
        self.W_q = nn.Linear(query_size, num_hiddens, bias=bias)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=bias)
        self.W_v = nn.Linear(value_size, num_hiddens, bias=bias)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias=bias)
        self.attention = Attention(dropout)

    def forward(self, queries, keys, values, valid_lens):
        b, q, _ = queries.shape
        k = keys.shape[1]
        mask = torch.zeros(b, self.num_heads, q, k, dtype=queries.dtype)
        if valid_lens is not None:
            rows = torch.cat([valid_lens.view(b, -1)] * self.num_heads).view(b, self.num_heads, -1, 1).expand(b, self.num_heads, q, 1)
            mask[(torch.arange(k).expand(b, self.num_heads, q, k) >= rows)] = -1e8
        parts = (transpose_qkv(W(X), self.num_heads) for W, X in
                 ((self.W_q, queries), (self.W_k, keys), (self.W_v, values)))
        heads = self.attention(*parts, mask.flatten(0, 1)).view(b, self.num_heads, q, -1)
        slices = self.W_o.weight.chunk(self.num_heads, dim=1)
        output = sum(heads[:, j] @ W.T for j, W in enumerate(slices))
        return output if self.W_o.bias is None else output + self.W_o.bias
