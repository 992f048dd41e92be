# mistake: P is cut to the batch size.
# diagnosis: as-many-positions-as-samples
import math

import torch
import torch.nn.functional as F
from torch import nn


class PositionalEncoding(nn.Module):
    def __init__(self, num_hiddens, dropout, max_len=1000):
        super().__init__()
        self.p = dropout
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, num_hiddens, 2) * (-math.log(10000.0) / num_hiddens))
        pe = torch.zeros(max_len, num_hiddens)
        pe[:, 0::2] = torch.sin(position * div_term)
        pe[:, 1::2] = torch.cos(position * div_term)
        self.P = nn.Parameter(pe.unsqueeze(0), requires_grad=False)

    def forward(self, x):
        return F.dropout(x + self.P[:, : x.size(0)], self.p, self.training)
