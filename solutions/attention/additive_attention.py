"""Additive attention: the reference."""

import torch
from jaxtyping import Float, Num
from torch import Tensor, nn


def _masked_softmax(scores: Float[Tensor, "b q k"], valid_lens: Num[Tensor, "..."] | None) -> Float[Tensor, "b q k"]:
    if valid_lens is None:
        return torch.softmax(scores, dim=-1)  # (b, q, k)
    lengths = valid_lens.reshape(len(valid_lens), -1, 1)  # (b, 1, 1) per sample, or (b, q, 1) per query
    valid = torch.arange(scores.shape[-1]) < lengths  # (b, 1 or q, k)
    return torch.softmax(scores.masked_fill(~valid, float("-inf")), dim=-1)  # (b, q, k)


class AdditiveAttention(nn.Module):
    def __init__(self, key_size: int, query_size: int, num_hiddens: int, dropout: float):
        super().__init__()
        self.W_k = nn.Linear(key_size, num_hiddens, bias=False)
        self.W_q = nn.Linear(query_size, num_hiddens, bias=False)
        self.w_v = nn.Linear(num_hiddens, 1, bias=False)
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        queries: Float[Tensor, "b q query_size"],
        keys: Float[Tensor, "b k key_size"],
        values: Float[Tensor, "b k v"],
        valid_lens: Num[Tensor, "..."] | None,
    ) -> Float[Tensor, "b q v"]:
        queries = self.W_q(queries)[:, :, None]  # (b, q, 1, h)
        keys = self.W_k(keys)[:, None]  # (b, 1, k, h)
        features = torch.tanh(queries + keys)  # (b, q, k, h)
        scores = self.w_v(features).squeeze(-1)  # (b, q, k)
        self.attention_weights = _masked_softmax(scores, valid_lens)  # (b, q, k), kept as they are before dropout
        return self.dropout(self.attention_weights) @ values  # (b, q, v)
