"""√d as a tensor, which is float32 whatever the inputs are; a mask of -1e9."""

import torch
import torch.nn as nn


class DotProductAttention(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)

    def forward(self, queries, keys, values, valid_lens=None):
        scores = torch.matmul(queries, keys.transpose(-2, -1)) / torch.sqrt(torch.tensor(queries.size(-1)))
        if valid_lens is not None:
            lengths = valid_lens[:, None, None] if valid_lens.dim() == 1 else valid_lens[:, :, None]
            scores = scores.masked_fill(torch.arange(keys.size(1)) >= lengths, -1e9)
        self.attention_weights = torch.softmax(scores, dim=-1)
        return torch.matmul(self.dropout(self.attention_weights), values)
