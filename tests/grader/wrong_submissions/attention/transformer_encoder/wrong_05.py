# mistake: Lengths above n are cut to n in place, in the caller's tensor.
# diagnosis: lengths-cut-in-place
import math
from collections.abc import Sequence

import torch
from jaxtyping import Float, Int, Num
from torch import Tensor, nn

from exercises.attention.layer_norm import AddNorm
from exercises.attention.multi_head_attention import MultiHeadAttention
from exercises.attention.position_wise_ffn import PositionWiseFFN
from exercises.attention.positional_encoding import PositionalEncoding


class EncoderBlock(nn.Module):
    """Self-attention and a position-wise network, each with add & norm behind it."""

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
        use_bias: bool = False,
    ):
        super().__init__()
        self.attention = MultiHeadAttention(
            key_size, query_size, value_size, num_hiddens, num_heads, dropout, use_bias
        )
        self.addnorm1 = AddNorm(norm_shape, dropout)
        self.ffn = PositionWiseFFN(ffn_num_input, ffn_num_hiddens, num_hiddens)
        self.addnorm2 = AddNorm(norm_shape, dropout)

    def forward(self, X: Float[Tensor, "b n d"], valid_lens: Num[Tensor, "..."] | None) -> Float[Tensor, "b n d"]:
        Y = self.addnorm1(X, self.attention(X, X, X, valid_lens))
        return self.addnorm2(Y, self.ffn(Y))


class TransformerEncoder(nn.Module):
    """Embeddings, positions, and a stack of encoder blocks."""

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
        use_bias: bool = False,
    ):
        super().__init__()
        self.num_hiddens = num_hiddens
        self.embedding = nn.Embedding(vocab_size, num_hiddens)
        self.pos_encoding = PositionalEncoding(num_hiddens, dropout)
        self.blks = nn.Sequential()
        for i in range(num_layers):
            self.blks.add_module(
                f"block{i}",
                EncoderBlock(
                    key_size,
                    query_size,
                    value_size,
                    num_hiddens,
                    norm_shape,
                    ffn_num_input,
                    ffn_num_hiddens,
                    num_heads,
                    dropout,
                    use_bias,
                ),
            )
        self.attention_weights = []

    def forward(self, X: Int[Tensor, "b n"], valid_lens: Num[Tensor, "..."] | None) -> Float[Tensor, "b n d"]:
        X = self.pos_encoding(self.embedding(X) * math.sqrt(self.num_hiddens))
        self.attention_weights = []
        if valid_lens is not None:
            valid_lens.clamp_(max=X.shape[1])  # a length above n masks nothing
        for blk in self.blks:
            X = blk(X, valid_lens)
            self.attention_weights.append(blk.attention.attention.attention_weights)
        return X
