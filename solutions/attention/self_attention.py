"""Self-attention: the reference."""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def causal_mask(n: int) -> Bool[Tensor, "n n"]:
    positions = torch.arange(n)  # (n,)
    return positions <= positions[:, None]  # (n, n), j <= i


def self_attention(
    X: Float[Tensor, "b n d"],
    W_q: Float[Tensor, "d p"],
    W_k: Float[Tensor, "d p"],
    W_v: Float[Tensor, "d v"],
    mask: Bool[Tensor, "n n"] | None = None,
) -> tuple[Float[Tensor, "b n v"], Float[Tensor, "b n n"]]:
    queries, keys, values = X @ W_q, X @ W_k, X @ W_v  # (b, n, p), (b, n, p), (b, n, v)
    p = queries.shape[-1]
    scores = queries @ keys.transpose(1, 2) / math.sqrt(p)  # (b, n, n)
    if mask is not None:
        scores = scores.masked_fill(~mask, float("-inf"))  # (b, n, n)
    weights = torch.softmax(scores, dim=-1)  # (b, n, n)
    return weights @ values, weights  # (b, n, v), (b, n, n)
