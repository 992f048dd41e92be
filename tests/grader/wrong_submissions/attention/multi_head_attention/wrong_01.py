# mistake: the scores are divided by the root of num_hiddens instead of the root of the head width num_hiddens / h.
# diagnosis: scaled-by-num-hiddens
import math

import torch
from torch import nn


def transpose_qkv(X, num_heads):
    b, n, f = X.shape
    return X.reshape(b, n, num_heads, f // num_heads).permute(0, 2, 1, 3).reshape(b * num_heads, n, -1)


def transpose_output(X, num_heads):
    bh, n, d = X.shape
    return X.reshape(-1, num_heads, n, d).permute(0, 2, 1, 3).reshape(bh // num_heads, n, num_heads * d)


def combine_heads(heads, how="concat"):
    b, h, n, d = heads.shape
    if how == "average":
        return heads.mean(dim=1)
    return heads.transpose(1, 2).reshape(b, n, h * d)


class ScaledAttention(nn.Module):
    def __init__(self, dropout, d_model):
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.scale = math.sqrt(d_model)

    def forward(self, q, k, v, lens):
        scores = torch.bmm(q, k.transpose(1, 2)) / self.scale
        if lens is not None:
            lens = lens[:, None, None] if lens.dim() == 1 else lens[:, :, None]
            scores = scores.masked_fill(torch.arange(k.shape[1], device=k.device) >= lens, -math.inf)
        self.attention_weights = scores.softmax(-1)
        return torch.bmm(self.drop(self.attention_weights), v)


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias=False):
        super().__init__()
        self.num_heads = num_heads
        self.attention = ScaledAttention(dropout, num_hiddens)
        self.W_q = nn.Linear(query_size, num_hiddens, bias=bias)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=bias)
        self.W_v = nn.Linear(value_size, num_hiddens, bias=bias)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias=bias)

    def forward(self, queries, keys, values, valid_lens):
        q = transpose_qkv(self.W_q(queries), self.num_heads)
        k = transpose_qkv(self.W_k(keys), self.num_heads)
        v = transpose_qkv(self.W_v(values), self.num_heads)
        if valid_lens is not None:
            valid_lens = valid_lens.repeat_interleave(self.num_heads, dim=0)
        return self.W_o(transpose_output(self.attention(q, k, v, valid_lens), self.num_heads))
