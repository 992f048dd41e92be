# mistake: head by head; W_o is never told about bias.
# diagnosis: bias-always-there
import torch
from torch import nn


def transpose_qkv(X, num_heads):
    d = X.shape[2] // num_heads
    return torch.stack([sample[:, j * d : (j + 1) * d] for sample in X for j in range(num_heads)])


def transpose_output(X, num_heads):
    return torch.stack([torch.cat(list(X[i : i + num_heads]), dim=-1) for i in range(0, len(X), num_heads)])


def combine_heads(heads, how="concat"):
    parts = heads.unbind(1)
    if how == "concat":
        return torch.cat(parts, dim=-1)
    return sum(parts) / len(parts)


class Weigher(nn.Module):
    def __init__(self, p):
        super().__init__()
        self.p = p
        self.attention_weights = None


class MultiHeadAttention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias=False):
        super().__init__()
        if num_hiddens % num_heads:
            raise ValueError(f"cannot split {num_hiddens} hidden units into {num_heads} heads")
        self.h, self.d = num_heads, num_hiddens // num_heads
        self.attention = Weigher(dropout)
        for name, size in [("q", query_size), ("k", key_size), ("v", value_size), ("o", num_hiddens)]:
            setattr(self, f"W_{name}", nn.Linear(size, num_hiddens, bias or name == "o"))

    def forward(self, queries, keys, values, valid_lens=None):
        Q, K, V = self.W_q(queries), self.W_k(keys), self.W_v(values)
        kept, outputs = [], []
        for i in range(len(Q)):
            heads = []
            for j in range(self.h):
                part = slice(j * self.d, (j + 1) * self.d)
                scores = Q[i, :, part] @ K[i, :, part].T * self.d**-0.5
                if valid_lens is not None:
                    mask = torch.arange(keys.shape[1])[None] < valid_lens[i].reshape(-1, 1)
                    scores = torch.where(mask, scores, torch.tensor(-torch.inf, dtype=scores.dtype))
                weights = scores.softmax(-1)
                kept.append(weights.detach())
                if self.training:
                    weights = weights * (torch.rand_like(weights) > self.attention.p) / (1 - self.attention.p)
                heads.append(weights @ V[i, :, part])
            outputs.append(torch.cat(heads, dim=-1))
        self.attention.attention_weights = torch.stack(kept)
        return self.W_o(torch.stack(outputs))
