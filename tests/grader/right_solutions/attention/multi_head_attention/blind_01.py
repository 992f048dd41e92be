"""Loops over samples and heads; the weights are collected and stored by the attention module."""
import math

import torch
from torch import nn


def transpose_qkv(X, num_heads):
    d = X.shape[-1] // num_heads
    return torch.stack([x[:, j * d : j * d + d] for x in X for j in range(num_heads)])


def transpose_output(X, num_heads):
    return torch.stack(
        [torch.cat([X[i + j] for j in range(num_heads)], dim=-1) for i in range(0, X.shape[0], num_heads)]
    )


def combine_heads(heads, how="concat"):
    parts = [heads[:, j] for j in range(heads.shape[1])]
    if how == "concat":
        return torch.cat(parts, dim=-1)
    if how == "average":
        return sum(parts) / len(parts)
    raise ValueError(f"unknown how: {how}")


class LoopAttention(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, Q, K, V, lens):
        """Q, K, V: (rows, n, d); lens: a list with one list of lengths per row, or None."""
        weights, mixtures = [], []
        for r in range(Q.shape[0]):
            s = Q[r] @ K[r].T / math.sqrt(Q.shape[-1])
            if lens is not None:
                blocked = torch.zeros_like(s, dtype=torch.bool)
                for i, n in enumerate(lens[r]):
                    blocked[i, math.ceil(min(n, s.shape[1])):] = True
                s = s.masked_fill(blocked, -math.inf)
            w = s.softmax(-1)
            weights.append(w)
            mixtures.append(self.dropout(w) @ V[r])
        self.attention_weights = torch.stack(weights)
        return torch.stack(mixtures)


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias=False):
        super().__init__()
        if num_hiddens % num_heads:
            raise ValueError(f"num_hiddens {num_hiddens} is not divisible by num_heads {num_heads}")
        self.num_heads = num_heads
        self.W_q = nn.Linear(query_size, num_hiddens, bias=bias)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=bias)
        self.W_v = nn.Linear(value_size, num_hiddens, bias=bias)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias=bias)
        self.attention = LoopAttention(dropout)

    def forward(self, queries, keys, values, valid_lens):
        lens = None
        if valid_lens is not None:
            q = queries.shape[1]
            lens = []
            for entry in valid_lens.tolist():
                per_query = entry if isinstance(entry, list) else [entry] * q
                lens.extend([per_query] * self.num_heads)
        Q, K, V = (transpose_qkv(f(x), self.num_heads)
                   for f, x in [(self.W_q, queries), (self.W_k, keys), (self.W_v, values)])
        return self.W_o(transpose_output(self.attention(Q, K, V, lens), self.num_heads))
