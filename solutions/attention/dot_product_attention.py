"""Scaled dot-product attention: the reference."""

import math

import torch
from jaxtyping import Float, Num
from torch import Tensor, nn


def _masked_softmax(scores: Float[Tensor, "b q k"], valid_lens: Num[Tensor, "..."] | None) -> Float[Tensor, "b q k"]:
    if valid_lens is None:
        return torch.softmax(scores, dim=-1)  # (b, q, k)
    b, _, k = scores.shape
    valid = torch.arange(k) < valid_lens.reshape(b, -1, 1)  # (b, 1 or q, k), by lengths per sample or per query
    return torch.softmax(torch.where(valid, scores, float("-inf")), dim=-1)  # (b, q, k)


class DotProductAttention(nn.Module):
    def __init__(self, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        queries: Float[Tensor, "b q d"],
        keys: Float[Tensor, "b k d"],
        values: Float[Tensor, "b k v"],
        valid_lens: Num[Tensor, "..."] | None = None,
    ) -> Float[Tensor, "b q v"]:
        d = queries.shape[-1]
        scores = queries @ keys.transpose(1, 2) / math.sqrt(d)  # (b, q, k)
        self.attention_weights = _masked_softmax(scores, valid_lens)  # (b, q, k), kept as they are before dropout
        return self.dropout(self.attention_weights) @ values  # (b, q, v)
