# mistake: the attention weights that are kept are those after dropout
# diagnosis:
import math

import torch
from torch import Tensor, nn

from exercises.attention.layer_norm import AddNorm
from exercises.attention.position_wise_ffn import PositionWiseFFN
from exercises.attention.positional_encoding import PositionalEncoding


class SelfAttention(nn.Module):
    def __init__(self, key_size: int, query_size: int, value_size: int, d: int, heads: int, dropout: float, bias: bool):
        super().__init__()
        self.heads = heads
        self.W_q = nn.Linear(query_size, d, bias)
        self.W_k = nn.Linear(key_size, d, bias)
        self.W_v = nn.Linear(value_size, d, bias)
        self.W_o = nn.Linear(d, d, bias)
        self.dropout = nn.Dropout(dropout)

    def forward(self, X: Tensor, valid_lens: Tensor | None) -> tuple[Tensor, Tensor]:
        b, n, _ = X.shape
        q, k, v = (W(X).view(b, n, self.heads, -1).transpose(1, 2) for W in (self.W_q, self.W_k, self.W_v))
        scores = q @ k.mT / math.sqrt(q.shape[-1])  # (b, h, n, n)
        if valid_lens is not None:
            lens = valid_lens.reshape(b, 1, -1, 1)  # (b, 1, 1, 1) or (b, 1, n, 1)
            scores = scores.masked_fill(torch.arange(n, device=X.device) >= lens, -torch.inf)
        weights = self.dropout(scores.softmax(-1))
        return self.W_o((weights @ v).transpose(1, 2).reshape(b, n, -1)), weights.flatten(0, 1)


class EncoderBlock(nn.Module):
    def __init__(
        self,
        key_size: int,
        query_size: int,
        value_size: int,
        num_hiddens: int,
        norm_shape,
        ffn_num_input: int,
        ffn_num_hiddens: int,
        num_heads: int,
        dropout: float,
        use_bias: bool = False,
    ):
        super().__init__()
        self.attention = SelfAttention(key_size, query_size, value_size, num_hiddens, num_heads, dropout, use_bias)
        self.addnorm1 = AddNorm(norm_shape, dropout)
        self.ffn = PositionWiseFFN(ffn_num_input, ffn_num_hiddens, num_hiddens)
        self.addnorm2 = AddNorm(norm_shape, dropout)
        self.attention_weights: Tensor | None = None

    def forward(self, X: Tensor, valid_lens: Tensor | None) -> Tensor:
        attended, self.attention_weights = self.attention(X, valid_lens)
        Y = self.addnorm1(X, attended)
        return self.addnorm2(Y, self.ffn(Y))


class TransformerEncoder(nn.Module):
    def __init__(
        self,
        vocab_size: int,
        key_size: int,
        query_size: int,
        value_size: int,
        num_hiddens: int,
        norm_shape,
        ffn_num_input: int,
        ffn_num_hiddens: int,
        num_heads: int,
        num_layers: int,
        dropout: float,
        use_bias: bool = False,
    ):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, num_hiddens)
        self.pos_encoding = PositionalEncoding(num_hiddens, dropout)
        sizes = key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input, ffn_num_hiddens
        self.blks = nn.Sequential(*(EncoderBlock(*sizes, num_heads, dropout, use_bias) for _ in range(num_layers)))

    @property
    def attention_weights(self) -> list:
        return [blk.attention_weights for blk in self.blks]

    def forward(self, X: Tensor, valid_lens: Tensor | None) -> Tensor:
        X = self.pos_encoding(self.embedding(X) * self.embedding.embedding_dim**0.5)
        for blk in self.blks:
            X = blk(X, valid_lens)
        return X
