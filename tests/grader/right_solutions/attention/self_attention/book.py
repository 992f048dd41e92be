"""The book's way (d2l 0.17.6): its scaled dot-product attention, the mask set in place as in its sequence_mask."""

import math

import torch
from torch import nn


def causal_mask(n):
    dec_valid_lens = torch.arange(1, n + 1)
    return torch.arange((n), dtype=torch.float32)[None, :] < dec_valid_lens[:, None]


def masked_softmax(X, mask):
    if mask is None:
        return nn.functional.softmax(X, dim=-1)
    else:
        shape = X.shape
        X = X.reshape(-1, shape[-1])
        X[~mask.repeat(shape[0], 1)] = -1e6
        return nn.functional.softmax(X.reshape(shape), dim=-1)


class DotProductAttention(nn.Module):
    """缩放点积注意力"""

    def __init__(self, dropout, **kwargs):
        super(DotProductAttention, self).__init__(**kwargs)
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries, keys, values, mask=None):
        d = queries.shape[-1]
        scores = torch.bmm(queries, keys.transpose(1, 2)) / math.sqrt(d)
        self.attention_weights = masked_softmax(scores, mask)
        return torch.bmm(self.dropout(self.attention_weights), values)


def self_attention(X, W_q, W_k, W_v, mask=None):
    attention = DotProductAttention(0.0)
    attention.eval()
    output = attention(torch.matmul(X, W_q), torch.matmul(X, W_k), torch.matmul(X, W_v), mask)
    return output, attention.attention_weights
