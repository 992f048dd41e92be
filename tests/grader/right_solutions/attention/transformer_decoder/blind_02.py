"""Right: the imported parts; every block remembers a list of its inputs, call by call, and the state is made anew (no stars)."""

from collections.abc import Sequence
from typing import Any

import torch
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
        attention = key_size, query_size, value_size, num_hiddens, num_heads, dropout
        self.attention1 = MultiHeadAttention(*attention)
        self.attention2 = MultiHeadAttention(*attention)
        self.ffn = PositionWiseFFN(ffn_num_input, ffn_num_hiddens, num_hiddens)
        for k in (1, 2, 3):
            setattr(self, f"addnorm{k}", AddNorm(norm_shape, dropout))

    def forward(self, X: Tensor, state: Any) -> tuple[Tensor, Any]:
        enc_outputs, enc_valid_lens, memory = state
        inputs = [*(memory[self.i] or []), X]
        seen = torch.cat(inputs, dim=1)
        lens = None
        if self.training:
            b, n = X.shape[:2]
            lens = torch.full((b, n), seen.shape[1] - n, device=X.device) + torch.arange(1, n + 1, device=X.device)
        X = self.addnorm1(X, self.attention1(X, seen, seen, lens))
        X = self.addnorm2(X, self.attention2(X, enc_outputs, enc_outputs, enc_valid_lens))
        X = self.addnorm3(X, self.ffn(X))
        return X, [enc_outputs, enc_valid_lens, [*memory[: self.i], inputs, *memory[self.i + 1 :]]]


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
        self.scale = num_hiddens**0.5
        self.embedding = nn.Embedding(vocab_size, num_hiddens)
        self.pos_encoding = PositionalEncoding(num_hiddens, dropout)
        sizes = key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input, ffn_num_hiddens, num_heads
        self.blks = nn.Sequential(*[DecoderBlock(*sizes, dropout, i) for i in range(num_layers)])
        self.dense = nn.Linear(num_hiddens, vocab_size)
        self.attention_weights: list[list[Tensor]] = [[], []]

    def init_state(self, enc_outputs: Tensor, enc_valid_lens: Tensor | None) -> Any:
        return [enc_outputs, enc_valid_lens, [None] * len(self.blks)]

    def forward(self, X: Tensor, state: Any) -> tuple[Tensor, Any]:
        out = self.pos_encoding(self.embedding(X) * self.scale)
        for blk in self.blks:
            out, state = blk(out, state)
        self.attention_weights = [
            [getattr(a, "attention", a).attention_weights for a in attentions]
            for attentions in ([blk.attention1 for blk in self.blks], [blk.attention2 for blk in self.blks])
        ]
        return self.dense(out), state
