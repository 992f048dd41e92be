"""einsum on (b, h, n, d); W_o is applied head by head and summed up."""
import torch
from torch import Tensor, nn
from torch.nn import functional as F


def transpose_qkv(X: Tensor, num_heads: int) -> Tensor:
    return torch.einsum("bnhd->bhnd", X.unflatten(-1, (num_heads, -1))).flatten(0, 1)


def transpose_output(X: Tensor, num_heads: int) -> Tensor:
    return torch.einsum("bhnd->bnhd", X.unflatten(0, (-1, num_heads))).flatten(2, 3)


def combine_heads(heads: Tensor, how: str = "concat") -> Tensor:
    table = {"concat": lambda t: t.transpose(1, 2).flatten(2), "average": lambda t: t.mean(1)}
    return table[how](heads)


class Attention(nn.Module):
    attention_weights: Tensor | None = None

    def __init__(self, dropout: float):
        super().__init__()
        self.p = dropout

    def forward(self, q: Tensor, k: Tensor, v: Tensor, lens: Tensor | None) -> Tensor:
        scores = torch.einsum("bhqd,bhkd->bhqk", q * q.size(-1) ** -0.5, k)
        if lens is not None:
            lens = lens.double().reshape(lens.size(0), 1, -1, 1)
            scores = scores.where(torch.arange(k.size(2), device=k.device) < lens, -torch.inf)
        w = scores.softmax(-1)
        self.attention_weights = w.flatten(0, 1)
        return torch.einsum("bhqk,bhkd->bhqd", F.dropout(w, self.p, self.training), v)


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias=False):
        super().__init__()
        self.h = num_heads
        self.W_q = nn.Linear(query_size, num_hiddens, bias)
        self.W_k = nn.Linear(key_size, num_hiddens, bias)
        self.W_v = nn.Linear(value_size, num_hiddens, bias)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias)
        self.attention = Attention(dropout)

    def forward(self, queries, keys, values, valid_lens):
        q, k, v = (
            transpose_qkv(x, self.h).unflatten(0, (-1, self.h))
            for x in (self.W_q(queries), self.W_k(keys), self.W_v(values))
        )
        heads = self.attention(q, k, v, valid_lens)
        out = torch.einsum("bhnd,ohd->bno", heads, self.W_o.weight.unflatten(1, (self.h, -1)))
        return out if self.W_o.bias is None else out + self.W_o.bias
