"""Layer normalization and add & norm: the reference."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


def layer_norm(
    X: Float[Tensor, "... d"], gamma: Float[Tensor, " d"], beta: Float[Tensor, " d"], eps: float | Tensor = 1e-5
) -> Float[Tensor, "... d"]:
    mean = X.mean(dim=-1, keepdim=True)  # (…, 1)
    variance = ((X - mean) ** 2).mean(dim=-1, keepdim=True)  # (…, 1)
    return gamma * (X - mean) / torch.sqrt(variance + eps) + beta  # (…, d)


class AddNorm(nn.Module):
    def __init__(self, normalized_shape: int | Sequence[int], dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.ln = nn.LayerNorm(normalized_shape)

    def forward(self, X: Float[Tensor, "b n d"], Y: Float[Tensor, "b n d"]) -> Float[Tensor, "b n d"]:
        return self.ln(self.dropout(Y) + X)  # (b, n, d)
