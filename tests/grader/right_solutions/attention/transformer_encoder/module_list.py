"""nn.ModuleList, keyword arguments throughout, attention_weights as a property that asks the blocks."""

from torch import nn

from exercises.attention.layer_norm import AddNorm
from exercises.attention.multi_head_attention import MultiHeadAttention
from exercises.attention.position_wise_ffn import PositionWiseFFN
from exercises.attention.positional_encoding import PositionalEncoding


class EncoderBlock(nn.Module):
    def __init__(self, key_size, query_size, value_size, num_hiddens, norm_shape, ffn_num_input, ffn_num_hiddens,
                 num_heads, dropout, use_bias=False):
        super().__init__()
        self.ffn = PositionWiseFFN(ffn_num_input=ffn_num_input, ffn_num_hiddens=ffn_num_hiddens,
                                   ffn_num_outputs=num_hiddens)
        self.addnorm1, self.addnorm2 = (AddNorm(normalized_shape=norm_shape, dropout=dropout) for _ in range(2))
        self.attention = MultiHeadAttention(num_hiddens=num_hiddens, num_heads=num_heads, dropout=dropout,
                                            bias=use_bias, key_size=key_size, query_size=query_size,
                                            value_size=value_size)

    def forward(self, X, valid_lens=None):
        X = self.addnorm1(X, self.attention(queries=X, keys=X, values=X, valid_lens=valid_lens))
        X = self.addnorm2(X, self.ffn(X))
        return X


class TransformerEncoder(nn.Module):
    def __init__(self, vocab_size, *sizes_and_heads, **options):
        super().__init__()
        *block, num_layers, dropout = sizes_and_heads[:10]
        use_bias = sizes_and_heads[10] if len(sizes_and_heads) > 10 else options.get("use_bias", False)
        num_hiddens = block[3]
        self.blks = nn.ModuleList(EncoderBlock(*block, dropout, use_bias) for _ in range(num_layers))
        self.pos_encoding = PositionalEncoding(num_hiddens, dropout)
        self.embedding = nn.Embedding(vocab_size, num_hiddens)

    @property
    def attention_weights(self):
        return [block.attention.attention.attention_weights for block in self.blks]

    def forward(self, X, valid_lens=None):
        embedded = self.embedding(X)
        out = self.pos_encoding(embedded * embedded.size(-1) ** 0.5)
        for block in self.blks:
            out = block(out, valid_lens)
        return out
