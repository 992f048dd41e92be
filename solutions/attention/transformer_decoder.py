"""The Transformer decoder: the reference."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from jaxtyping import Float, Int, Num
from torch import Tensor, nn

from exercises.attention.layer_norm import AddNorm
from exercises.attention.multi_head_attention import MultiHeadAttention
from exercises.attention.position_wise_ffn import PositionWiseFFN
from exercises.attention.positional_encoding import PositionalEncoding


class DecoderBlock(nn.Module):
    def __init__(
        self,
        key_size: int,
        query_size: int,
        value_size: int,
        num_hiddens: int,
        norm_shape: int | Sequence[int],
        ffn_num_input: int,
        ffn_num_hiddens: int,
        num_heads: int,
        dropout: float,
        i: int,
    ):
        super().__init__()
        self.i = i
        self.attention1 = MultiHeadAttention(key_size, query_size, value_size, num_hiddens, num_heads, dropout)
        self.addnorm1 = AddNorm(norm_shape, dropout)
        self.attention2 = MultiHeadAttention(key_size, query_size, value_size, num_hiddens, num_heads, dropout)
        self.addnorm2 = AddNorm(norm_shape, dropout)
        self.ffn = PositionWiseFFN(ffn_num_input, ffn_num_hiddens, num_hiddens)
        self.addnorm3 = AddNorm(norm_shape, dropout)

    def forward(self, X: Float[Tensor, "b n d"], state: Any) -> tuple[Float[Tensor, "b n d"], Any]:
        enc_outputs, enc_valid_lens, caches = state
        b, n, _ = X.shape
        before = caches[self.i]
        seen = X if before is None else torch.cat([before, X], dim=1)  # (b, t, d), of this call and those before
        caches[self.i] = seen
        t = seen.shape[1]
        visible = torch.arange(t - n + 1, t + 1).repeat(b, 1)  # (b, n): each position sees up to itself
        Y = self.addnorm1(X, self.attention1(X, seen, seen, visible))  # (b, n, d)
        Z = self.addnorm2(Y, self.attention2(Y, enc_outputs, enc_outputs, enc_valid_lens))  # (b, n, d)
        return self.addnorm3(Z, self.ffn(Z)), state  # (b, n, d)


class TransformerDecoder(nn.Module):
    def __init__(
        self,
        vocab_size: int,
        key_size: int,
        query_size: int,
        value_size: int,
        num_hiddens: int,
        norm_shape: int | Sequence[int],
        ffn_num_input: int,
        ffn_num_hiddens: int,
        num_heads: int,
        num_layers: int,
        dropout: float,
    ):
        super().__init__()
        self.num_hiddens = num_hiddens
        self.embedding = nn.Embedding(vocab_size, num_hiddens)
        self.pos_encoding = PositionalEncoding(num_hiddens, dropout)
        sizes = (key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input, ffn_num_hiddens)
        self.blks = nn.Sequential(*(DecoderBlock(*sizes, num_heads, dropout, i) for i in range(num_layers)))
        self.dense = nn.Linear(num_hiddens, vocab_size)

    def init_state(self, enc_outputs: Float[Tensor, "b m d"], enc_valid_lens: Num[Tensor, " b"] | None) -> Any:
        return [enc_outputs, enc_valid_lens, [None] * len(self.blks)]

    def forward(self, X: Int[Tensor, "b n"], state: Any) -> tuple[Float[Tensor, "b n vocab_size"], Any]:
        seen = state[2][0]
        past = 0 if seen is None else seen.shape[1]  # how many tokens came with earlier calls
        X = self.embedding(X) * math.sqrt(self.num_hiddens)  # (b, n, d)
        X = self.pos_encoding(nn.functional.pad(X, (0, 0, past, 0)))[:, past:]  # (b, n, d), at past, past + 1, …
        self.attention_weights = [[], []]
        for block in self.blks:
            X, state = block(X, state)  # (b, n, d)
            self.attention_weights[0].append(block.attention1.attention.attention_weights)  # (b·h, n, past + n)
            self.attention_weights[1].append(block.attention2.attention.attention_weights)  # (b·h, n, m)
        return self.dense(X), state  # (b, n, vocab_size)
