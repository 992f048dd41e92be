"""Imports no other exercise. Projected keys and values are remembered, the source's too; a causal mask of -inf is added."""

import math

import torch
import torch.nn.functional as F
from torch import nn


class Projections(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout):
        super().__init__()
        self.h, self.p = num_heads, dropout
        self.W_q = nn.Linear(query_size, num_hiddens, bias=False)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=False)
        self.W_v = nn.Linear(value_size, num_hiddens, bias=False)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias=False)

    def split(self, X):
        return X.unflatten(-1, (self.h, -1)).transpose(1, 2)

    def remember(self, X):
        return {"k": self.split(self.W_k(X)), "v": self.split(self.W_v(X))}

    def forward(self, X, memory, mask):
        q = self.split(self.W_q(X)) * torch.rsqrt(torch.tensor(self.W_q.out_features / self.h))
        weights = (q @ memory["k"].mT + mask).softmax(dim=-1)
        self.kept = weights.flatten(0, 1)
        heads = F.dropout(weights, self.p, self.training) @ memory["v"]
        return self.W_o(heads.transpose(1, 2).flatten(2))


class AddNorm(nn.Module):
    def __init__(self, shape, p):
        super().__init__()
        self.ln, self.p = nn.LayerNorm(shape), p

    def forward(self, X, Y):
        return self.ln(X + F.dropout(Y, self.p, self.training))


class DecoderBlock(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input, ffn_num_hiddens,
                 num_heads, dropout, i):
        super().__init__()
        self.i = i
        self.attention1 = Projections(key_size, query_size, value_size, num_hiddens, num_heads, dropout)
        self.attention2 = Projections(key_size, query_size, value_size, num_hiddens, num_heads, dropout)
        self.addnorm1, self.addnorm2, self.addnorm3 = (AddNorm(norm_shape, dropout) for _ in range(3))
        self.ffn = nn.ModuleDict({"dense1": nn.Linear(ffn_num_input, ffn_num_hiddens),
                                  "dense2": nn.Linear(ffn_num_hiddens, num_hiddens)})

    def forward(self, X, state):
        source, lens, memories = state
        memory = memories[self.i]
        if memory is None:
            memory = {"source": self.attention2.remember(source), "target": self.attention1.remember(X)}
        else:
            new, old = self.attention1.remember(X), memory["target"]
            memory = {"source": memory["source"], "target": {n: torch.cat([old[n], new[n]], dim=2) for n in old}}
        n, t = X.shape[1], memory["target"]["k"].shape[2]
        hidden = torch.full((n, t), -math.inf, dtype=X.dtype).triu(t - n + 1)
        padding = torch.zeros((), dtype=X.dtype)
        if lens is not None:
            beyond = torch.arange(source.shape[1]) >= lens[:, None]
            padding = torch.zeros(beyond.shape, dtype=X.dtype).masked_fill(beyond, -math.inf)[:, None, None, :]
        Y = self.addnorm1(X, self.attention1(X, memory["target"], hidden))
        Z = self.addnorm2(Y, self.attention2(Y, memory["source"], padding))
        out = self.addnorm3(Z, self.ffn["dense2"](self.ffn["dense1"](Z).relu()))
        return out, [source, lens, [memory if j == self.i else other for j, other in enumerate(memories)]]


class Positions(nn.Module):
    def __init__(self, d, dropout):
        super().__init__()
        self.p = dropout
        rates = torch.exp(torch.arange(0, d, 2) * (-math.log(10000.0) / d))
        angles = torch.arange(1000)[:, None] * rates
        self.P = torch.stack([angles.sin(), angles.cos()], dim=2).flatten(1)

    def forward(self, X, start):
        return F.dropout(X + self.P[start : start + X.shape[1]], self.p, self.training)


class TransformerDecoder(nn.Module):
    def __init__(self, vocab_size, key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input,
                 ffn_num_hiddens, num_heads, num_layers, dropout):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, num_hiddens)
        self.pos_encoding = Positions(num_hiddens, dropout)
        self.blks = nn.Sequential()
        sizes = (key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input, ffn_num_hiddens)
        for i in range(num_layers):
            self.blks.append(DecoderBlock(*sizes, num_heads, dropout, i))
        self.dense = nn.Linear(num_hiddens, vocab_size)

    def init_state(self, enc_outputs, enc_valid_lens):
        return {"at": 0, "blocks": [enc_outputs, enc_valid_lens, [None for _ in self.blks]]}

    def forward(self, X, state):
        n = X.shape[1]
        X = self.pos_encoding(self.embedding(X) * self.dense.in_features**0.5, state["at"])
        inner = state["blocks"]
        for block in self.blks:
            X, inner = block(X, inner)
        self.attention_weights = [[block.attention1.kept for block in self.blks],
                                  [block.attention2.kept for block in self.blks]]
        return self.dense(X), {"at": state["at"] + n, "blocks": inner}
