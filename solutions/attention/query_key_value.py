"""Queries, keys and values: the reference."""

import torch
from jaxtyping import Float
from torch import Tensor


def similarity_scores(queries: Float[Tensor, "b q d"], keys: Float[Tensor, "b k d"]) -> Float[Tensor, "b q k"]:
    return queries @ keys.transpose(1, 2)  # (b, q, k)


def attention_weights(scores: Float[Tensor, "b q k"]) -> Float[Tensor, "b q k"]:
    largest = scores.amax(dim=-1, keepdim=True)  # (b, q, 1)
    exp = torch.exp(scores - largest)  # (b, q, k), at most 1
    return exp / exp.sum(dim=-1, keepdim=True)  # (b, q, k)


def attend(weights: Float[Tensor, "b q k"], values: Float[Tensor, "b k v"]) -> Float[Tensor, "b q v"]:
    return weights @ values  # (b, q, v)
