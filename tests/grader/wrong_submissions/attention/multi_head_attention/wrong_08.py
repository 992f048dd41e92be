# mistake: the values are projected from the KEYS (W_v(keys), a copy-paste slip); unnoticed in self-attention, where keys
# diagnosis: values-from-keys
# and values are the same tensor, an error where key_size and value_size differ.
import math

import torch
from torch import nn


def transpose_qkv(X, num_heads):
    X = X.reshape(*X.shape[:2], num_heads, -1).movedim(2, 1)
    return X.reshape(-1, *X.shape[2:])


def transpose_output(X, num_heads):
    X = X.reshape(X.shape[0] // num_heads, num_heads, *X.shape[1:]).movedim(1, 2)
    return X.reshape(*X.shape[:2], -1)


def combine_heads(heads, how="concat"):
    assert how in ("concat", "average")
    heads = heads.movedim(1, 2)                       # b n h d
    return heads.mean(2) if how == "average" else heads.reshape(*heads.shape[:2], -1)


class DotProductAttention(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries, keys, values, valid_lens=None):
        scores = queries.bmm(keys.mT) / math.sqrt(keys.shape[-1])
        if valid_lens is not None:
            allowed = torch.arange(scores.shape[-1], device=scores.device) < valid_lens.reshape(len(scores), -1)[..., None]
            scores = scores.masked_fill(~allowed, torch.finfo(scores.dtype).min)
        self.attention_weights = scores.softmax(-1)
        return self.dropout(self.attention_weights).bmm(values)


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias=False):
        super().__init__()
        self.num_heads = num_heads
        self.attention = DotProductAttention(dropout)
        self.W_q = nn.Linear(query_size, num_hiddens, bias=bias)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=bias)
        self.W_v = nn.Linear(value_size, num_hiddens, bias=bias)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias=bias)

    def forward(self, queries, keys, values, valid_lens):
        queries = transpose_qkv(self.W_q(queries), self.num_heads)
        values = transpose_qkv(self.W_v(keys), self.num_heads)
        keys = transpose_qkv(self.W_k(keys), self.num_heads)
        if valid_lens is not None:
            valid_lens = torch.repeat_interleave(valid_lens, repeats=self.num_heads, dim=0)
        heads = self.attention(queries, keys, values, valid_lens)
        return self.W_o(transpose_output(heads, self.num_heads))
