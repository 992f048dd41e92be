"""Loops over samples and queries; each query sees only its valid prefix."""
import math

import torch
from torch import nn


class DotProductAttention(nn.Module):
    def __init__(self, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries, keys, values, valid_lens=None):
        k = keys.shape[1]
        sheets = []
        for i, (Q, K) in enumerate(zip(queries, keys)):
            rows = []
            for j, query in enumerate(Q):
                n = k
                if valid_lens is not None:
                    n = math.ceil(min(k, (valid_lens[i] if valid_lens.dim() == 1 else valid_lens[i, j]).item()))
                s = torch.stack([torch.dot(query, K[t]) for t in range(n)]) / math.sqrt(len(query))
                rows.append(torch.cat([s.softmax(0), s.new_zeros(k - n)]))
            sheets.append(torch.stack(rows))
        self.attention_weights = torch.stack(sheets)
        mixed = self.dropout(self.attention_weights)
        return torch.stack([w @ V for w, V in zip(mixed, values)])
