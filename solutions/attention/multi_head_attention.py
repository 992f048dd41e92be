"""Multi-head attention: the reference."""

import math

import torch
from jaxtyping import Float, Num
from torch import Tensor, nn


class _DotProductAttention(nn.Module):
    """That of the exercise before."""

    def __init__(self, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(
        self,
        queries: Float[Tensor, "b q d"],
        keys: Float[Tensor, "b k d"],
        values: Float[Tensor, "b k v"],
        valid_lens: Num[Tensor, "..."] | None,
    ) -> Float[Tensor, "b q v"]:
        d = queries.shape[-1]
        scores = queries @ keys.transpose(1, 2) / math.sqrt(d)  # (b, q, k)
        if valid_lens is not None:
            padding = torch.arange(keys.shape[1]) >= valid_lens.reshape(len(valid_lens), -1, 1)  # (b, 1 or q, k)
            scores = scores.masked_fill(padding, float("-inf"))  # (b, q, k)
        self.attention_weights = torch.softmax(scores, dim=-1)  # (b, q, k)
        return self.dropout(self.attention_weights) @ values  # (b, q, v)


def transpose_qkv(X: Float[Tensor, "b n h*d"], num_heads: int) -> Float[Tensor, "b*h n d"]:
    b, n, _ = X.shape
    X = X.reshape(b, n, num_heads, -1)  # (b, n, h, d)
    X = X.transpose(1, 2)  # (b, h, n, d)
    return X.reshape(b * num_heads, n, -1)  # (b·h, n, d)


def transpose_output(X: Float[Tensor, "b*h n d"], num_heads: int) -> Float[Tensor, "b n h*d"]:
    _, n, d = X.shape
    return combine_heads(X.reshape(-1, num_heads, n, d))  # (b, n, h·d)


def combine_heads(
    heads: Float[Tensor, "b h n d"], how: str = "concat"
) -> Float[Tensor, "b n h*d"] | Float[Tensor, "b n d"]:
    if how == "concat":
        return heads.transpose(1, 2).flatten(2)  # (b, n, h·d)
    return heads.mean(dim=1)  # (b, n, d)


class MultiHeadAttention(nn.Module):
    def __init__(
        self,
        key_size: int,
        query_size: int,
        value_size: int,
        num_hiddens: int,
        num_heads: int,
        dropout: float,
        bias: bool = False,
    ):
        super().__init__()
        if num_hiddens % num_heads != 0:
            raise ValueError(f"num_hiddens={num_hiddens} is not divisible by num_heads={num_heads}")
        self.num_heads = num_heads
        self.attention = _DotProductAttention(dropout)
        self.W_q = nn.Linear(query_size, num_hiddens, bias=bias)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=bias)
        self.W_v = nn.Linear(value_size, num_hiddens, bias=bias)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias=bias)

    def forward(
        self,
        queries: Float[Tensor, "b q query_size"],
        keys: Float[Tensor, "b k key_size"],
        values: Float[Tensor, "b k value_size"],
        valid_lens: Num[Tensor, "..."] | None,
    ) -> Float[Tensor, "b q num_hiddens"]:
        queries = transpose_qkv(self.W_q(queries), self.num_heads)  # (b·h, q, d)
        keys = transpose_qkv(self.W_k(keys), self.num_heads)  # (b·h, k, d)
        values = transpose_qkv(self.W_v(values), self.num_heads)  # (b·h, k, d)
        if valid_lens is not None:
            valid_lens = valid_lens.repeat_interleave(self.num_heads, dim=0)  # (b·h,) or (b·h, q)
        heads = self.attention(queries, keys, values, valid_lens)  # (b·h, q, d)
        return self.W_o(transpose_output(heads, self.num_heads))  # (b, q, h·d)
