# mistake: P is cut to the batch size.
# diagnosis: as-many-positions-as-samples
import torch
from torch import nn


class PositionalEncoding(nn.Module):
    def __init__(self, num_hiddens, dropout, max_len=1000):
        super().__init__()
        self.dropout = nn.Dropout(dropout, inplace=True)
        frequencies = 10000.0 ** -(torch.arange(num_hiddens // 2).double() * 2 / num_hiddens)
        angles = torch.outer(torch.arange(max_len).double(), frequencies)
        pairs = torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1)
        self.register_buffer("table", pairs, persistent=False)

    @property
    def P(self):
        return self.table[None]

    def forward(self, X):
        X = X.clone()
        X += self.table[: X.shape[0]].to(X.dtype)
        return self.dropout(X)
