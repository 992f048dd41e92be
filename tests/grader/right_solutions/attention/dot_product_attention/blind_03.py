"""Transposed scores (b, k, q), softmax over axis 1, in-place work on own buffers."""
import torch
from torch import nn


class DotProductAttention(nn.Module):
    def __init__(self, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries, keys, values, valid_lens=None):
        b, q, d = queries.shape
        k = keys.shape[1]
        columns = torch.bmm(keys, queries.transpose(1, 2))          # (b, k, q)
        columns *= d ** -0.5
        if valid_lens is not None:
            lens = valid_lens.reshape(b, 1, -1).to(torch.float64)   # (b, 1, 1 | q)
            rank = torch.arange(k, device=keys.device).view(1, k, 1)
            columns.masked_fill_((rank < lens).logical_not(), -1e7)
        weights = columns.softmax(1).transpose(1, 2).contiguous()
        self.attention_weights = weights
        out = torch.bmm(values.transpose(1, 2), self.dropout(weights).transpose(1, 2))
        return out.transpose(1, 2)
