# mistake: (1) W_o is defined but never applied, the heads are returned as they are; (2) combine_heads("average") adds the
# diagnosis: average-is-a-sum + no-output-projection
# heads up without dividing by h.
import torch
from torch import nn


def transpose_qkv(X, num_heads):
    b, n, hd = X.shape
    out = X.new_empty(b * num_heads, n, hd // num_heads)
    for j in range(num_heads):
        d = hd // num_heads
        out[j::num_heads] = X[:, :, j * d:(j + 1) * d]
    return out


def transpose_output(X, num_heads):
    bh, n, d = X.shape
    out = X.new_empty(bh // num_heads, n, num_heads * d)
    for j in range(num_heads):
        out[:, :, j * d:(j + 1) * d] = X[j::num_heads]
    return out


def combine_heads(heads, how="concat"):
    b, h, n, d = heads.shape
    if how == "concat":
        return transpose_output(heads.reshape(b * h, n, d), h)
    mean = torch.zeros_like(heads[:, 0])
    for j in range(h):
        mean += heads[:, j]
    return mean


class HeadAttention(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.drop = nn.Dropout(p)

    def forward(self, q, k, v, lens):
        s = torch.einsum("iqd,ikd->iqk", q, k).div_(q.size(-1) ** 0.5)
        if lens is not None:
            s = s.masked_fill_(torch.arange(k.size(1), device=k.device) >= lens[..., None], -1e9)
        self.attention_weights = torch.softmax(s, -1)
        return torch.einsum("iqk,ikd->iqd", self.drop(self.attention_weights), v)


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias=False):
        super().__init__()
        self.W_k = nn.Linear(key_size, num_hiddens, bias)
        self.W_q = nn.Linear(query_size, num_hiddens, bias)
        self.W_v = nn.Linear(value_size, num_hiddens, bias)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias)
        self.attention = HeadAttention(dropout)
        self.num_heads = num_heads

    def forward(self, queries, keys, values, valid_lens):
        h = self.num_heads
        q, k, v = transpose_qkv(self.W_q(queries), h), transpose_qkv(self.W_k(keys), h), transpose_qkv(self.W_v(values), h)
        if valid_lens is not None:
            if valid_lens.dim() == 1:
                valid_lens = valid_lens[:, None].expand(-1, queries.shape[1])
            valid_lens = valid_lens.repeat_interleave(h, dim=0)
        output = self.attention(q, k, v, valid_lens)
        return transpose_output(output, h)
