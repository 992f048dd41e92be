"""Attention pooling: the reference."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


def average_pooling(x_query: Float[Tensor, " q"], y_train: Float[Tensor, " k"]) -> Float[Tensor, " q"]:
    return y_train.mean().repeat(len(x_query))  # (q,)


def gaussian_weights(
    x_query: Float[Tensor, " q"], x_train: Float[Tensor, " k"], bandwidth: float = 1.0
) -> Float[Tensor, "q k"]:
    if bandwidth <= 0:
        raise ValueError(f"the bandwidth has to be positive, got {bandwidth}")
    u = (x_query[:, None] - x_train) / bandwidth  # (q, k)
    return torch.softmax(-(u**2) / 2, dim=1)  # (q, k)


def nadaraya_watson(
    x_query: Float[Tensor, " q"],
    x_train: Float[Tensor, " k"],
    y_train: Float[Tensor, " k"],
    bandwidth: float = 1.0,
) -> Float[Tensor, " q"]:
    return gaussian_weights(x_query, x_train, bandwidth) @ y_train  # (q,)


class NWKernelRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.rand(1))  # (1,)

    def forward(
        self, queries: Float[Tensor, " q"], keys: Float[Tensor, "q k"], values: Float[Tensor, "q k"]
    ) -> Float[Tensor, " q"]:
        u = (queries[:, None] - keys) * self.w  # (q, k)
        self.attention_weights = torch.softmax(-(u**2) / 2, dim=1)  # (q, k)
        return (self.attention_weights * values).sum(dim=1)  # (q,)
