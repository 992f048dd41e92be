"""Positional encoding: the reference."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class PositionalEncoding(nn.Module):
    def __init__(self, num_hiddens: int, dropout: float, max_len: int = 1000):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        positions = torch.arange(max_len)[:, None]  # (max_len, 1)
        exponents = torch.arange(0, num_hiddens, 2, dtype=torch.float64) / num_hiddens  # (d/2,), 2j/d
        angles = positions / 10000**exponents  # (max_len, d/2), in float64: float32 is off by 1e-4 at position 1000
        P = torch.zeros(1, max_len, num_hiddens)  # (1, max_len, d)
        P[:, :, 0::2] = torch.sin(angles)
        P[:, :, 1::2] = torch.cos(angles[:, : num_hiddens // 2])  # where d is odd, one column less
        self.register_buffer("P", P)

    def forward(self, X: Float[Tensor, "b n d"]) -> Float[Tensor, "b n d"]:
        n, max_len = X.shape[1], self.P.shape[1]
        if n > max_len:
            raise ValueError(f"the sequence has {n} positions, but max_len={max_len}")
        return self.dropout(X + self.P[:, :n])  # (b, n, d)
