# mistake: (1) result and weights are collected in buffers from torch.zeros, which are float32, so float64 inputs give
# diagnosis: float32-only + no-lengths-above-k
# float32; (2) pads each row with torch.zeros(k - n), which fails for a length n above k.
import math

import torch
from torch import nn


class DotProductAttention(nn.Module):
    def __init__(self, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries, keys, values, valid_lens=None):
        b, q, d = queries.shape
        k = keys.shape[1]
        v = values.shape[2]
        weights = torch.zeros(b, q, k)
        for i in range(b):
            for j in range(q):
                if valid_lens is None:
                    n = k
                elif valid_lens.dim() == 1:
                    n = int(valid_lens[i])
                else:
                    n = int(valid_lens[i][j])
                s = keys[i, :n] @ queries[i, j] / math.sqrt(d)
                weights[i, j] = torch.cat([torch.softmax(s, dim=0), torch.zeros(k - n)])
        self.attention_weights = weights
        dropped = self.dropout(weights)
        out = torch.zeros(b, q, v)
        for i in range(b):
            out[i] = dropped[i] @ values[i].to(dropped.dtype)
        return out
