# mistake: four axes; the softmax runs over the heads.
# diagnosis: softmax-over-heads
import torch
import torch.nn.functional as F
from torch import nn


def transpose_qkv(X, num_heads):
    return X.unflatten(-1, (num_heads, -1)).movedim(2, 1).flatten(0, 1)


def transpose_output(X, num_heads):
    return X.unflatten(0, (-1, num_heads)).movedim(1, 2).flatten(2)


def combine_heads(heads, how="concat"):
    return torch.einsum("bhnd->bnhd", heads).flatten(2) if how == "concat" else torch.einsum("bhnd->bnd", heads) / heads.size(1)


class FourAxes(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p

    @property
    def attention_weights(self):
        return self.weights.flatten(0, 1)

    def forward(self, q, k, v, lens):
        scores = torch.einsum("bqhd,bkhd->bhqk", q / q.size(-1) ** 0.5, k)
        if lens is not None:
            lens = lens[:, None, None, None] if lens.dim() == 1 else lens[:, None, :, None]
            scores = scores.masked_fill(torch.arange(k.size(1)) >= lens, -1e9)
        self.weights = scores.softmax(1)
        return torch.einsum("bhqk,bkhd->bqhd", F.dropout(self.weights, self.p, self.training), v)


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias=False):
        super().__init__()
        self.num_heads = num_heads
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias=bias)
        self.W_v = nn.Linear(value_size, num_hiddens, bias=bias)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=bias)
        self.W_q = nn.Linear(query_size, num_hiddens, bias=bias)
        self.attention = FourAxes(dropout)

    def forward(self, queries, keys, values, valid_lens=None):
        split = (layer(X).unflatten(2, (self.num_heads, -1))
                 for layer, X in [(self.W_q, queries), (self.W_k, keys), (self.W_v, values)])
        return self.W_o(self.attention(*split, valid_lens).flatten(2))
