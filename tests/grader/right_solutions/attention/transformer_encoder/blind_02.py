"""Right: the imported parts, an nn.Sequential with names of its own, the weights fetched after the last block."""

from typing import Any

from torch import Tensor, nn

from exercises.attention.layer_norm import AddNorm
from exercises.attention.multi_head_attention import MultiHeadAttention
from exercises.attention.position_wise_ffn import PositionWiseFFN
from exercises.attention.positional_encoding import PositionalEncoding


class EncoderBlock(nn.Module):
    def __init__(
        self,
        key_size: int,
        query_size: int,
        value_size: int,
        num_hiddens: int,
        norm_shape: Any,
        ffn_num_input: int,
        ffn_num_hiddens: int,
        num_heads: int,
        dropout: float,
        use_bias: bool = False,
    ):
        super().__init__()
        self.attention = MultiHeadAttention(key_size, query_size, value_size, num_hiddens, num_heads, dropout, use_bias)
        self.addnorm1 = AddNorm(norm_shape, dropout)
        self.ffn = PositionWiseFFN(ffn_num_input, ffn_num_hiddens, num_hiddens)
        self.addnorm2 = AddNorm(norm_shape, dropout)

    def forward(self, X: Tensor, valid_lens: Tensor | None) -> Tensor:
        for addnorm, sublayer in (
            (self.addnorm1, lambda x: self.attention(x, x, x, valid_lens)),
            (self.addnorm2, self.ffn),
        ):
            X = addnorm(X, sublayer(X))
        return X


class TransformerEncoder(nn.Module):
    def __init__(self, vocab_size: int, *args: Any, **kwargs: Any):
        super().__init__()
        names = ["key_size", "query_size", "value_size", "num_hiddens", "norm_shape", "ffn_num_input",
                 "ffn_num_hiddens", "num_heads", "num_layers", "dropout", "use_bias"]
        sizes = dict(zip(names, args)) | kwargs
        num_layers = sizes.pop("num_layers")
        d = sizes["num_hiddens"]
        self.factor = d**0.5
        self.attention_weights: list[Tensor] = []
        self.embedding = nn.Embedding(vocab_size, d)
        self.pos_encoding = PositionalEncoding(d, sizes["dropout"])
        self.blks = nn.Sequential()
        for i in range(num_layers):
            self.blks.add_module(f"layer{i}", EncoderBlock(**sizes))

    def forward(self, X: Tensor, valid_lens: Tensor | None) -> Tensor:
        out = self.pos_encoding(self.factor * self.embedding(X))
        for blk in self.blks:
            out = blk(out, valid_lens)
        parts = [blk.attention for blk in self.blks]
        self.attention_weights = [getattr(part, "attention", part).attention_weights for part in parts]
        return out
