"""Imports no other exercise: attention by einsum with a float32 root, nn.LayerNorm under the name `ln`, P in float32."""

import torch
import torch.nn.functional as F
from torch import nn


class Attention(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, num_heads, dropout, bias):
        super().__init__()
        self.h = num_heads
        self.W_q = nn.Linear(query_size, num_hiddens, bias)
        self.W_k = nn.Linear(key_size, num_hiddens, bias)
        self.W_v = nn.Linear(value_size, num_hiddens, bias)
        self.W_o = nn.Linear(num_hiddens, num_hiddens, bias)
        self.p = dropout

    def forward(self, X, valid_lens):
        b, n, _ = X.shape
        q, k, v = (W(X).view(b, n, self.h, -1) for W in (self.W_q, self.W_k, self.W_v))
        scores = torch.einsum("bqhd,bkhd->bhqk", q, k) / torch.sqrt(torch.tensor(q.shape[-1]))
        if valid_lens is not None:
            lens = valid_lens.view(b, 1, -1, 1)
            scores = scores + (torch.arange(n) >= lens) * -1e6
        weights = torch.softmax(scores, -1)
        self.kept = weights.detach().flatten(0, 1)
        mixed = torch.einsum("bhqk,bkhd->bqhd", F.dropout(weights, self.p, self.training), v)
        return self.W_o(mixed.flatten(2))


class Normed(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.ln = nn.LayerNorm(shape)


class FFN(nn.Module):
    def __init__(self, ins, hidden, outs):
        super().__init__()
        self.dense1, self.dense2 = nn.Linear(ins, hidden), nn.Linear(hidden, outs)


class EncoderBlock(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input, ffn_num_hiddens,
                 num_heads, dropout, use_bias=False):
        super().__init__()
        self.attention = Attention(key_size, query_size, value_size, num_hiddens, num_heads, dropout, use_bias)
        self.addnorm1, self.addnorm2 = Normed(norm_shape), Normed(norm_shape)
        self.ffn = FFN(ffn_num_input, ffn_num_hiddens, num_hiddens)
        self.drop = nn.Dropout(dropout)

    def forward(self, X, valid_lens):
        A = self.drop(self.attention(X, valid_lens))
        Y = self.addnorm1.ln(A + X)
        hidden = self.ffn.dense1(Y).clamp(min=0)
        return self.addnorm2.ln(Y + self.drop(self.ffn.dense2(hidden)))


class Positions(nn.Module):
    def __init__(self, d, dropout):
        super().__init__()
        self.drop = nn.Dropout(dropout)
        angles = torch.arange(1000.0)[:, None] / 10000 ** (torch.arange(0, d, 2.0) / d)
        self.register_buffer("P", torch.stack([angles.sin(), angles.cos()], dim=-1).flatten(1), persistent=False)

    def forward(self, X):
        return self.drop(X + self.P[: X.shape[1]])


class TransformerEncoder(nn.Module):
    def __init__(self, vocab_size, key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input,
                 ffn_num_hiddens, num_heads, num_layers, dropout, use_bias=False):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, num_hiddens)
        self.pos_encoding = Positions(num_hiddens, dropout)
        sizes = (key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input, ffn_num_hiddens)
        self.blks = nn.Sequential()
        for i in range(num_layers):
            self.blks.append(EncoderBlock(*sizes, num_heads, dropout, use_bias))

    def forward(self, X, valid_lens):
        X = self.embedding(X)
        X = self.pos_encoding(X * torch.sqrt(torch.tensor(X.shape[-1])))
        self.attention_weights = []
        for block in self.blks:
            X = block(X, valid_lens)
            self.attention_weights.append(block.attention.kept)
        return X
