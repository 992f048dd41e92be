"""nn.ModuleList; the state is a tuple made anew in every call; positions from the length of what is remembered."""

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
        self.place = i
        sizes = (key_size, query_size, value_size, num_hiddens, num_heads, dropout)
        self.attention1, self.attention2 = MultiHeadAttention(*sizes), MultiHeadAttention(*sizes)
        self.ffn = PositionWiseFFN(ffn_num_input, ffn_num_hiddens, num_hiddens)
        for j in (1, 2, 3):
            setattr(self, f"addnorm{j}", AddNorm(norm_shape, dropout))

    def forward(self, X, state):
        enc_outputs, enc_valid_lens, memory = state
        past = memory[self.place]
        if past is None:
            past = X[:, :0]
        everything = torch.cat([past, X], 1)
        lens = torch.arange(everything.shape[1], dtype=torch.float32)[past.shape[1] :] + 1
        out = self.addnorm1(X, self.attention1(X, everything, everything, lens.expand(X.shape[0], -1)))
        out = self.addnorm2(out, self.attention2(out, enc_outputs, enc_outputs, enc_valid_lens))
        out = self.addnorm3(out, self.ffn(out))
        return out, (enc_outputs, enc_valid_lens, (*memory[: self.place], everything, *memory[self.place + 1 :]))


class TransformerDecoder(nn.Module):
    def __init__(self, vocab_size, key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input,
                 ffn_num_hiddens, num_heads, num_layers, dropout):
        super().__init__()
        self.dense = nn.Linear(num_hiddens, vocab_size)
        self.blks = nn.ModuleList(
            DecoderBlock(key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input, ffn_num_hiddens,
                         num_heads, dropout, i)
            for i in range(num_layers)
        )
        self.pos_encoding = PositionalEncoding(num_hiddens, dropout)
        self.embedding = nn.Embedding(vocab_size, num_hiddens)

    @property
    def attention_weights(self):
        return [[getattr(block, name).attention.attention_weights.detach() for block in self.blks]
                for name in ("attention1", "attention2")]

    def init_state(self, enc_outputs, enc_valid_lens, *args):
        return enc_outputs, enc_valid_lens, (None,) * len(self.blks)

    def forward(self, X, state):
        past = 0 if state[2][0] is None else state[2][0].shape[1]
        X = self.embedding(X) * math.sqrt(self.embedding.embedding_dim)
        before = X.new_zeros(X.shape[0], past, X.shape[2])
        X = self.pos_encoding(torch.cat([before, X], dim=1))[:, past:]
        for block in self.blks:
            X, state = block(X, state)
        return self.dense(X), state
