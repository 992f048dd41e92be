# mistake: combine_heads("concat") interleaves the heads (permutes to b, n, d, h before flattening), so feature 0 of every
# diagnosis: concatenated-feature-by-feature
# head comes first instead of head 0 with all its features.
import torch
from torch import Tensor, einsum, nn


def transpose_qkv(X: Tensor, num_heads: int) -> Tensor:
    return torch.stack(X.chunk(num_heads, dim=-1), dim=1).flatten(0, 1)


def transpose_output(X: Tensor, num_heads: int) -> Tensor:
    return X.unflatten(0, (-1, num_heads)).transpose(1, 2).flatten(2)


def combine_heads(heads: Tensor, how: str = "concat") -> Tensor:
    match how:
        case "concat":
            return heads.permute(0, 2, 3, 1).flatten(start_dim=2)
        case "average":
            return heads.mean(dim=1)
        case _:
            raise ValueError(f"how={how!r}")


class Attention(nn.Module):
    def __init__(self, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q: Tensor, k: Tensor, v: Tensor, lens: Tensor | None) -> Tensor:
        scores = einsum("nqd,nkd->nqk", q, k) / q.shape[-1] ** 0.5
        if lens is not None:
            pos = torch.arange(k.shape[1], device=k.device)
            scores = torch.where(pos < lens.reshape(len(lens), -1, 1), scores, -torch.inf)
        self.attention_weights = scores.softmax(-1)
        return einsum("nqk,nkd->nqd", self.dropout(self.attention_weights), v)


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias=False):
        super().__init__()
        self.num_heads = num_heads
        self.W_q, self.W_k, self.W_v, self.W_o = (
            nn.Linear(s, num_hiddens, bias=bias) for s in (query_size, key_size, value_size, num_hiddens)
        )
        self.attention = Attention(dropout)

    def forward(self, queries, keys, values, valid_lens):
        h = self.num_heads
        lens = valid_lens if valid_lens is None else valid_lens.repeat_interleave(h, dim=0)
        out = self.attention(
            transpose_qkv(self.W_q(queries), h), transpose_qkv(self.W_k(keys), h), transpose_qkv(self.W_v(values), h), lens
        )
        return self.W_o(transpose_output(out, h))
