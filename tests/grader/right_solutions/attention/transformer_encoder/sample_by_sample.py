"""Sample by sample and head by head, without a mask: keys behind the length are cut off, weights padded with zeros."""

import math

import torch
from torch import nn

from exercises.attention.layer_norm import AddNorm
from exercises.attention.position_wise_ffn import PositionWiseFFN
from exercises.attention.positional_encoding import PositionalEncoding


class Heads(nn.Module):
    def __init__(self, sizes, num_hiddens, num_heads, dropout, bias):
        super().__init__()
        self.num_heads, self.width = num_heads, num_hiddens // num_heads
        self.dropout = nn.Dropout(dropout)
        for name, size in zip("kqvo", [*sizes, num_hiddens], strict=True):
            self.add_module(f"W_{name}", nn.Linear(size, num_hiddens, bias=bias))

    def one_query(self, query, keys, values, length):
        """A head, a position: its output (width,) and its weights (n,)."""
        keys, values, n = keys[:length], values[:length], len(keys)
        weights = (keys @ query / math.sqrt(self.width)).softmax(0)
        return self.dropout(weights) @ values, torch.cat([weights, weights.new_zeros(n - len(keys))])

    def forward(self, X, valid_lens):
        b, n, _ = X.shape
        lens = torch.full((b, n), n) if valid_lens is None else valid_lens.reshape(b, -1).expand(b, n)
        rows, kept = [], []
        for sample, lengths in zip(X, lens.int().tolist()):
            parts = [W(sample).split(self.width, dim=-1) for W in (self.W_q, self.W_k, self.W_v)]
            heads = []
            for Q, K, V in zip(*parts):
                results = [self.one_query(Q[i], K, V, lengths[i]) for i in range(n)]
                heads.append(torch.stack([out for out, _ in results]))
                kept.append(torch.stack([weights for _, weights in results]))
            rows.append(torch.cat(heads, dim=-1))
        self.attention_weights = torch.stack(kept)
        return self.W_o(torch.stack(rows))


class EncoderBlock(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input, ffn_num_hiddens,
                 num_heads, dropout, use_bias=False):
        super().__init__()
        self.attention = Heads((key_size, query_size, value_size), num_hiddens, num_heads, dropout, use_bias)
        self.addnorm1 = AddNorm(norm_shape, dropout)
        self.addnorm2 = AddNorm(norm_shape, dropout)
        self.ffn = PositionWiseFFN(ffn_num_input, ffn_num_hiddens, num_hiddens)

    def forward(self, X, valid_lens):
        attended = self.addnorm1(X, self.attention(X, valid_lens))
        return self.addnorm2(attended, self.ffn(attended))


class TransformerEncoder(nn.Module):
    def __init__(self, vocab_size, key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input,
                 ffn_num_hiddens, num_heads, num_layers, dropout, use_bias=False):
        super().__init__()
        self.scale = math.sqrt(num_hiddens)
        self.embedding = nn.Embedding(vocab_size, num_hiddens)
        self.pos_encoding = PositionalEncoding(num_hiddens, dropout)
        self.blks = nn.ModuleList()
        for _ in range(num_layers):
            self.blks.append(EncoderBlock(key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input,
                                          ffn_num_hiddens, num_heads, dropout, use_bias))
        self.attention_weights = []

    def forward(self, X, valid_lens):
        H = self.pos_encoding(self.embedding(X).mul(self.scale))
        self.attention_weights.clear()
        for block in self.blks:
            H = block(H, valid_lens)
            self.attention_weights += [block.attention.attention_weights]
        return H
