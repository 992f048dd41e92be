# mistake: what a block remembers is the output of its first add & norm (Y), not what came into it (X)
# diagnosis: first-sublayer-remembered
import math
from typing import Any

import torch
from torch import Tensor, nn

from exercises.attention.layer_norm import AddNorm
from exercises.attention.position_wise_ffn import PositionWiseFFN
from exercises.attention.positional_encoding import PositionalEncoding


class Attention(nn.Module):
    def __init__(self, key_size: int, query_size: int, value_size: int, d: int, heads: int, dropout: float):
        super().__init__()
        self.heads = heads
        self.W_q = nn.Linear(query_size, d, bias=False)
        self.W_k = nn.Linear(key_size, d, bias=False)
        self.W_v = nn.Linear(value_size, d, bias=False)
        self.W_o = nn.Linear(d, d, bias=False)
        self.dropout = nn.Dropout(dropout)
        self.attention_weights: Tensor | None = None

    def forward(self, queries: Tensor, keys: Tensor, mask: Tensor | None) -> Tensor:
        def heads(x: Tensor) -> Tensor:
            return x.unflatten(2, (self.heads, -1)).transpose(1, 2)

        q, k, v = heads(self.W_q(queries)), heads(self.W_k(keys)), heads(self.W_v(keys))
        scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
        if mask is not None:
            scores = scores.masked_fill(~mask, float("-inf"))
        weights = scores.softmax(dim=-1)
        self.attention_weights = weights.flatten(0, 1)
        return self.W_o((self.dropout(weights) @ v).transpose(1, 2).flatten(2))


class DecoderBlock(nn.Module):
    def __init__(self, key_size: int, query_size: int, value_size: int, num_hiddens: int, norm_shape: Any,
                 ffn_num_input: int, ffn_num_hiddens: int, num_heads: int, dropout: float, i: int):
        super().__init__()
        self.i = i
        self.attention1 = Attention(key_size, query_size, value_size, num_hiddens, num_heads, dropout)
        self.addnorm1 = AddNorm(norm_shape, dropout)
        self.attention2 = Attention(key_size, query_size, value_size, num_hiddens, num_heads, dropout)
        self.addnorm2 = AddNorm(norm_shape, dropout)
        self.ffn = PositionWiseFFN(ffn_num_input, ffn_num_hiddens, num_hiddens)
        self.addnorm3 = AddNorm(norm_shape, dropout)

    def forward(self, X: Tensor, state: Any) -> tuple[Tensor, Any]:
        source, source_lens, memory = state
        past = memory[self.i]
        seen = X if past is None else torch.cat([past, X], dim=1)
        n, t = X.shape[1], seen.shape[1]
        causal = torch.ones(n, t, dtype=torch.bool, device=X.device).tril(t - n)
        Y = self.addnorm1(X, self.attention1(X, seen, causal))
        memory = list(memory)
        memory[self.i] = Y if past is None else torch.cat([past, Y], dim=1)
        padding = None
        if source_lens is not None:
            padding = torch.arange(source.shape[1], device=X.device) < source_lens[:, None, None, None]
        Z = self.addnorm2(Y, self.attention2(Y, source, padding))
        return self.addnorm3(Z, self.ffn(Z)), (source, source_lens, memory)


class TransformerDecoder(nn.Module):
    def __init__(self, vocab_size: int, key_size: int, query_size: int, value_size: int, num_hiddens: int,
                 norm_shape: Any, ffn_num_input: int, ffn_num_hiddens: int, num_heads: int, num_layers: int,
                 dropout: float):
        super().__init__()
        self.embedding = nn.Embedding(vocab_size, num_hiddens)
        self.pos_encoding = PositionalEncoding(num_hiddens, dropout)
        self.blks = nn.ModuleList(
            DecoderBlock(key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input, ffn_num_hiddens,
                         num_heads, dropout, i)
            for i in range(num_layers)
        )
        self.dense = nn.Linear(num_hiddens, vocab_size)

    @property
    def attention_weights(self) -> list[list[Tensor]]:
        return [[b.attention1.attention_weights for b in self.blks], [b.attention2.attention_weights for b in self.blks]]

    def init_state(self, enc_outputs: Tensor, enc_valid_lens: Tensor | None) -> Any:
        return [enc_outputs, enc_valid_lens, [None] * len(self.blks)]

    def forward(self, X: Tensor, state: Any) -> tuple[Tensor, Any]:
        out = self.pos_encoding(self.embedding(X) * self.embedding.embedding_dim**0.5)
        for blk in self.blks:
            out, state = blk(out, state)
        return self.dense(out), state
