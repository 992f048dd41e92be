"""Even in training a block goes token by token, and remembers a list of tokens, in place."""

import math

import torch
from torch import nn

from exercises.attention.layer_norm import AddNorm
from exercises.attention.multi_head_attention import MultiHeadAttention
from exercises.attention.position_wise_ffn import PositionWiseFFN
from exercises.attention.positional_encoding import PositionalEncoding


class DecoderBlock(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input, ffn_num_hiddens,
                 num_heads, dropout, i):
        super().__init__()
        self.i = i
        self.attention1 = MultiHeadAttention(key_size, query_size, value_size, num_hiddens, num_heads, dropout)
        self.attention2 = MultiHeadAttention(key_size, query_size, value_size, num_hiddens, num_heads, dropout)
        self.addnorm1 = AddNorm(norm_shape, dropout)
        self.addnorm2 = AddNorm(norm_shape, dropout)
        self.addnorm3 = AddNorm(norm_shape, dropout)
        self.ffn = PositionWiseFFN(ffn_num_input, ffn_num_hiddens, num_hiddens)

    def forward(self, X, state):
        if state[2][self.i] is None:
            state[2][self.i] = []
        seen = state[2][self.i]
        total = len(seen) + X.shape[1]
        found, weights = [], []
        for j in range(X.shape[1]):
            token = X[:, j : j + 1]
            seen.append(token)
            past = torch.cat(seen, dim=1)
            found.append(self.attention1(token, past, past, None))
            kept = self.attention1.attention.attention_weights
            weights.append(nn.functional.pad(kept, (0, total - len(seen))))
        self.self_weights = torch.cat(weights, dim=1)
        Y = self.addnorm1(X, torch.cat(found, dim=1))
        Z = self.addnorm2(Y, self.attention2(Y, state[0], state[0], state[1]))
        return self.addnorm3(Z, self.ffn(Z)), state


class TransformerDecoder(nn.Module):
    def __init__(self, vocab_size, key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input,
                 ffn_num_hiddens, num_heads, num_layers, dropout):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, num_hiddens)
        self.scale = math.sqrt(num_hiddens)
        self.pos_encoding = PositionalEncoding(num_hiddens, dropout)
        sizes = [key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input, ffn_num_hiddens]
        self.blks = nn.ModuleList([DecoderBlock(*sizes, num_heads, dropout, i) for i in range(num_layers)])
        self.dense = nn.Linear(num_hiddens, vocab_size)

    def init_state(self, enc_outputs, enc_valid_lens):
        return [enc_outputs, enc_valid_lens, [None] * len(self.blks)]

    def forward(self, X, state):
        X = self.pos_encoding(self.embedding(X) * self.scale)
        self.attention_weights = [[], []]
        for block in self.blks:
            X, state = block(X, state)
            self.attention_weights[0].append(block.self_weights)
            self.attention_weights[1].append(block.attention2.attention.attention_weights)
        return self.dense(X), state
