# mistake: divides by the root of the NUMBER of keys (keys.shape[1]) instead of the root of the width d.
# diagnosis: scaled-by-the-number-of-keys
import math

import torch
from torch import nn


class DotProductAttention(nn.Module):
    def __init__(self, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries, keys, values, valid_lens=None):
        scores = torch.einsum("bqd,bkd->bqk", queries, keys) / math.sqrt(keys.shape[1])
        if valid_lens is not None:
            pos = torch.arange(keys.shape[1], device=keys.device)
            lens = valid_lens[:, None, None] if valid_lens.dim() == 1 else valid_lens[:, :, None]
            scores = scores.masked_fill(pos >= lens, float("-inf"))
        self.attention_weights = scores.softmax(-1)
        return torch.einsum("bqk,bkv->bqv", self.dropout(self.attention_weights), values)
