# mistake: buffers; the queries are scaled by the root of num_hiddens.
# diagnosis: scaled-by-num-hiddens
import torch
from torch import nn


def transpose_qkv(X, num_heads):
    b, n, f = X.shape
    d = f // num_heads
    rows = X.new_empty((b * num_heads, n, d))
    for j in range(num_heads):
        rows[j::num_heads] = X.narrow(2, j * d, d)
    return rows


def transpose_output(X, num_heads):
    bh, n, d = X.shape
    out = X.new_empty((bh // num_heads, n, num_heads * d))
    for j in range(num_heads):
        out.narrow(2, j * d, d).copy_(X[j::num_heads])
    return out


def combine_heads(heads, how="concat"):
    b, h, n, d = heads.shape
    if how == "average":
        acc = heads[:, 0].clone()
        for j in range(1, h):
            acc += heads[:, j]
        return acc.div_(h)
    return transpose_output(heads.reshape(b * h, n, d), h)


class MaskedMix(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.attention_weights = None

    def forward(self, q, k, v, penalty=None):
        scores = torch.bmm(k, q.transpose(1, 2)).transpose(1, 2)
        if penalty is not None:
            scores = scores + penalty
        top = scores.detach().max(dim=-1, keepdim=True).values
        e = (scores - top).exp()
        self.attention_weights = e / e.sum(-1, keepdim=True)
        return torch.bmm(self.dropout(self.attention_weights), v)


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias=False):
        super().__init__()
        assert num_hiddens % num_heads == 0, (num_hiddens, num_heads)
        self.num_heads, self.width = num_heads, num_hiddens // num_heads
        self.attention = MaskedMix(dropout)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias=bias)
        self.W_v = nn.Linear(value_size, num_hiddens, bias=bias)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=bias)
        self.W_q = nn.Linear(query_size, num_hiddens, bias=bias)

    def forward(self, queries, keys, values, valid_lens):
        q = transpose_qkv(self.W_q(queries) * (self.width * self.num_heads) ** -0.5, self.num_heads)
        k = transpose_qkv(self.W_k(keys), self.num_heads)
        v = transpose_qkv(self.W_v(values), self.num_heads)
        penalty = None
        if valid_lens is not None:
            b, n = keys.shape[0], keys.shape[1]
            lens = valid_lens.reshape(b, -1, 1).double()
            penalty = q.new_zeros((b, lens.shape[1], n))
            penalty[(torch.arange(n, device=keys.device) >= lens)] = -torch.inf
            penalty = penalty[:, None].expand(-1, self.num_heads, -1, -1).flatten(0, 1)
        return self.W_o(transpose_output(self.attention(q, k, v, penalty), self.num_heads))
