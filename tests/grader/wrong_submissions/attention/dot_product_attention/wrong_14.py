# mistake: the padded keys are masked in a copy that nobody uses.
# diagnosis: lengths-ignored
import math

import torch
from torch import nn


class DotProductAttention(nn.Module):
    def __init__(self, dropout=0.0):
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.attention_weights = None

    def forward(self, queries, keys, values, valid_lens=None):
        scores = torch.matmul(keys, queries.permute(0, 2, 1)).permute(0, 2, 1)
        scores.mul_(1 / math.sqrt(queries.shape[2]))
        if valid_lens is not None:
            if valid_lens.dim() == 1:
                valid_lens = valid_lens.unsqueeze(1).expand(-1, queries.shape[1])
            for i, row in enumerate(valid_lens.tolist()):
                for j, length in enumerate(row):
                    scores[i, j, int(length) :].clone().fill_(torch.finfo(scores.dtype).min)
        self.attention_weights = scores.log_softmax(-1).exp()
        dropped = self.drop(self.attention_weights)
        return (values.transpose(1, 2) @ dropped.transpose(1, 2)).transpose(1, 2)
