# mistake: the much copied loop: 2·i/d with i the number of the column.
# diagnosis: raw-columns-doubled
import math

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor, nn


def encode(position: int, num_hiddens: int) -> list[float]:
    row = []
    for column in range(num_hiddens):
        j, is_cosine = divmod(column, 2)
        angle = position / 10000 ** (2 * column / num_hiddens)
        row.append(math.cos(angle) if is_cosine else math.sin(angle))
    return row


class PositionalEncoding(nn.Module):
    def __init__(self, num_hiddens: int, dropout: float, max_len: int = 1000):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.P = torch.tensor([[encode(i, num_hiddens) for i in range(max_len)]])

    def _apply(self, fn, *args, **kwargs):
        super()._apply(fn, *args, **kwargs)
        self.P = fn(self.P)
        return self

    def forward(self, X: Float[Tensor, "b n d"]) -> Float[Tensor, "b n d"]:
        b, n, d = X.shape
        if n > self.P.shape[1]:
            raise ValueError(f"n = {n} is more than max_len = {self.P.shape[1]}")
        total = X.clone()
        for i in range(n):
            total[:, i] += self.P[0, i].to(dtype=X.dtype, device=X.device)
        return F.dropout(total, p=self.dropout.p, training=self.training)
