"""Right: keys and values of earlier tokens cached after projection, causal mask in every mode, positions go on (both stars)."""

import math

import torch
from torch import nn


class Attention(nn.Module):
    def __init__(self, key_size, query_size, value_size, d, heads, dropout):
        super().__init__()
        self.heads = heads
        self.W_q = nn.Linear(query_size, d, bias=False)
        self.W_k = nn.Linear(key_size, d, bias=False)
        self.W_v = nn.Linear(value_size, d, bias=False)
        self.W_o = nn.Linear(d, d, bias=False)
        self.drop = nn.Dropout(dropout)
        self.attention_weights = None

    def _heads(self, x):  # (b, n, d) -> (b, h, n, d/h)
        return x.unflatten(-1, (self.heads, -1)).movedim(2, 1)

    def project(self, x):
        return self._heads(self.W_k(x)), self._heads(self.W_v(x))

    def forward(self, queries, keys, values, hidden_mask):
        q = self._heads(self.W_q(queries))
        scores = torch.einsum("bhqc,bhkc->bhqk", q, keys) / math.sqrt(q.shape[-1])
        if hidden_mask is not None:
            scores = scores.masked_fill(hidden_mask, -math.inf)
        weights = torch.softmax(scores, -1)
        self.attention_weights = weights.flatten(0, 1)
        return self.W_o(torch.einsum("bhqk,bhkc->bqhc", self.drop(weights), values).flatten(2))


class AddNorm(nn.Module):
    def __init__(self, norm_shape, dropout):
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.ln = nn.LayerNorm(norm_shape)

    def forward(self, X, Y):
        return self.ln(X + self.drop(Y))


class FFN(nn.Module):
    def __init__(self, d_in, d_mid, d_out):
        super().__init__()
        self.dense1 = nn.Linear(d_in, d_mid)
        self.dense2 = nn.Linear(d_mid, d_out)

    def forward(self, X):
        return self.dense2(torch.relu(self.dense1(X)))


class Positions(nn.Module):
    def __init__(self, d, dropout, max_len=1000):
        super().__init__()
        self.drop = nn.Dropout(dropout)
        rates = 10000.0 ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
        angles = torch.arange(max_len, dtype=torch.float64)[:, None] * rates
        table = torch.empty(max_len, d, dtype=torch.float64)
        table[:, 0::2], table[:, 1::2] = angles.sin(), angles.cos()
        self.table = table

    def forward(self, X, start=0):
        return self.drop(X + self.table[start : start + X.shape[1]].to(X))


class DecoderBlock(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input, ffn_num_hiddens,
                 num_heads, dropout, i):
        super().__init__()
        self.i = i
        self.attention1 = Attention(key_size, query_size, value_size, num_hiddens, num_heads, dropout)
        self.addnorm1 = AddNorm(norm_shape, dropout)
        self.attention2 = Attention(key_size, query_size, value_size, num_hiddens, num_heads, dropout)
        self.addnorm2 = AddNorm(norm_shape, dropout)
        self.ffn = FFN(ffn_num_input, ffn_num_hiddens, num_hiddens)
        self.addnorm3 = AddNorm(norm_shape, dropout)

    def forward(self, X, state):
        source, lens, caches = state
        keys, values = self.attention1.project(X)
        if caches[self.i] is not None:
            old_keys, old_values = caches[self.i]
            keys = torch.cat((old_keys, keys), dim=2)
            values = torch.cat((old_values, values), dim=2)
        n, t = X.shape[1], keys.shape[2]
        at = torch.arange(t, device=X.device)
        Y = self.addnorm1(X, self.attention1(X, keys, values, at > at[t - n :, None]))

        padding = None
        if lens is not None:
            padding = torch.arange(source.shape[1], device=X.device) >= lens.reshape(-1, 1, 1, 1)
        Z = self.addnorm2(Y, self.attention2(Y, *self.attention2.project(source), padding))
        new = [(keys, values) if j == self.i else cache for j, cache in enumerate(caches)]
        return self.addnorm3(Z, self.ffn(Z)), (source, lens, new)


class TransformerDecoder(nn.Module):
    def __init__(self, vocab_size, key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input,
                 ffn_num_hiddens, num_heads, num_layers, dropout):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, num_hiddens)
        self.pos_encoding = Positions(num_hiddens, dropout)
        self.blks = nn.ModuleList(
            [DecoderBlock(key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input, ffn_num_hiddens,
                          num_heads, dropout, i) for i in range(num_layers)]
        )
        self.dense = nn.Linear(num_hiddens, vocab_size)
        self.attention_weights = [[], []]

    def init_state(self, enc_outputs, enc_valid_lens):
        return [enc_outputs, enc_valid_lens, [None] * len(self.blks)]

    def forward(self, X, state):
        first = state[2][0]
        H = self.embedding(X) * math.sqrt(self.embedding.embedding_dim)
        H = self.pos_encoding(H, 0 if first is None else first[0].shape[2])
        own, cross = [], []
        for blk in self.blks:
            H, state = blk(H, state)
            own.append(blk.attention1.attention_weights)
            cross.append(blk.attention2.attention_weights)
        self.attention_weights = [own, cross]
        return self.dense(H), state
