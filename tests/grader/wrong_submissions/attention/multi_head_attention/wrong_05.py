# mistake: (1) W_o is made without bias=bias, so it always has a bias; (2) the heads run in a loop and each overwrites
# diagnosis: bias-always-there + weights-of-the-last-head
# attention.attention_weights, so only those of the last head remain, (b, q, k) instead of (b·h, q, k).
import math
import torch
from torch import nn


def transpose_qkv(X, num_heads):
    d = X.shape[2] // num_heads
    result = []
    for sample in X:
        for head in range(num_heads):
            result.append(sample[:, head * d:(head + 1) * d])
    return torch.stack(result)


def transpose_output(X, num_heads):
    result = []
    for start in range(0, X.shape[0], num_heads):
        result.append(torch.cat([X[start + j] for j in range(num_heads)], dim=1))
    return torch.stack(result)


def combine_heads(heads, how="concat"):
    parts = [heads[:, j] for j in range(heads.shape[1])]
    if how == "concat":
        return torch.cat(parts, dim=2)
    total = parts[0]
    for p in parts[1:]:
        total = total + p
    return total / len(parts)


class DotProductAttention(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, q, k, v, valid_lens=None):
        scores = q @ k.transpose(1, 2) / math.sqrt(q.shape[2])
        if valid_lens is not None:
            if valid_lens.dim() == 1:
                valid_lens = valid_lens.unsqueeze(1)
            mask = torch.arange(k.shape[1], device=k.device).view(1, 1, -1) >= valid_lens.unsqueeze(2)
            scores = scores.masked_fill(mask, float("-inf"))
        self.attention_weights = torch.softmax(scores, dim=2)
        return self.dropout(self.attention_weights) @ v


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias=False):
        super().__init__()
        self.num_heads = num_heads
        self.W_q = nn.Linear(query_size, num_hiddens, bias=bias)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=bias)
        self.W_v = nn.Linear(value_size, num_hiddens, bias=bias)
        self.W_o = nn.Linear(num_hiddens, num_hiddens)
        self.attention = DotProductAttention(dropout)

    def forward(self, queries, keys, values, valid_lens):
        q, k, v = self.W_q(queries), self.W_k(keys), self.W_v(values)
        d = q.shape[2] // self.num_heads
        heads = []
        for j in range(self.num_heads):
            part = slice(j * d, (j + 1) * d)
            heads.append(self.attention(q[:, :, part], k[:, :, part], v[:, :, part], valid_lens))
        return self.W_o(combine_heads(torch.stack(heads, dim=1)))
