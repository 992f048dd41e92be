"""The Transformer encoder (《动手学深度学习》 10.7.4 编码器).

All parts are there; now they are put together. A block lets the positions look at each other, then works on each of
them by itself. Around either sublayer there is a residual connection, and a layer normalization behind the sum:

    X (b, n, d) ──┬── attention(X, X, X) ──┐
                  └──────────────────── addnorm1 ──> Y (b, n, d) ──┬── ffn ──┐
                                                                   └───── addnorm2 ──> (b, n, d)

The encoder turns tokens into vectors, says where they stand, and sends them through its blocks:

    tokens (b, n) ──embedding──> (b, n, d) ──· √d──pos_encoding──> (b, n, d) ──blks[0]── … ──blks[L-1]──> (b, n, d)

An embedding is multiplied by √d, d = num_hiddens, so that its entries are not small beside those of the positions:

                              d = 4, so √d = 2
    embedding of a token       0.50    0.00   -0.50    1.00
    · √d                       1.00    0.00   -1.00    2.00
    position 0                 0.00    1.00    0.00    1.00
    into blks[0]               1.00    1.00   -1.00    3.00

Write the two classes, of your own MultiHeadAttention, AddNorm, PositionWiseFFN and PositionalEncoding (the imports are
there; you may also write these parts anew here). What is graded:

- Sub-modules (their names are the keys of the state_dict). EncoderBlock: `attention`, `addnorm1`, `ffn`, `addnorm2`.
  TransformerEncoder: `embedding` (nn.Embedding), `pos_encoding`, and `blks`, an nn.Sequential or an nn.ModuleList; what
  the blocks in it are called does not matter. The parts are called as in their exercises: `attention.W_q`, `W_k`, `W_v`,
  `W_o`; `addnorm1.ln`; `ffn.dense1`, `ffn.dense2`.
- `key_size`, `query_size`, `value_size` and `ffn_num_input` are how wide the inputs of W_k, W_q, W_v and dense1 are. What
  runs through an encoder is num_hiddens wide everywhere, so in `forward` they are all num_hiddens; dense2 gives num_hiddens
  again. `norm_shape` is d, [d] or [n, d]. With `use_bias`, the projections of the attention have a bias.
- `valid_lens` is None, (b,) or (b, n), of any integer or floating type: attention sees the first positions only. Every
  length is at least 1; a length above n masks nothing. A padding position gets an output as any other does.
- After each call, `attention_weights` of the encoder is a list with one entry per block, in order: the weights
  (b·h, n, n) of that block's heads, before dropout.
- `dropout` acts in training only: on the attention weights, on what each sublayer gives before it is added (AddNorm does
  that), and on the sum of embeddings and positions (PositionalEncoding does that).
- num_hiddens is even and divisible by num_heads, n is at most 1000, and num_layers may be 0: then there is nothing behind
  the positions, and attention_weights is empty.
- The result has the dtype of the parameters (float32, or float64 after `.double()`), the arguments stay as they were, and
  gradients flow back to X of a block and to all parameters.

Forbidden: `nn.Transformer`, `nn.TransformerEncoder`, `nn.TransformerEncoderLayer`, `nn.MultiheadAttention`,
`F.scaled_dot_product_attention`, `F.multi_head_attention_forward`.

Try it by hand:

    >>> encoder = TransformerEncoder(2, 4, 4, 4, 4, 4, 4, 8, num_heads=2, num_layers=0, dropout=0.5).eval()
    >>> _ = encoder.embedding.load_state_dict({"weight": torch.tensor([[0.5, 0.0, -0.5, 1.0], [0.0, 0.0, 0.0, 0.0]])})
    >>> encoder(torch.tensor([[0]]), None).detach()
    tensor([[[ 1.,  1., -1.,  3.]]])
    >>> block = EncoderBlock(4, 4, 4, 4, 4, 4, 8, num_heads=2, dropout=0.5).eval()
    >>> for parameter in [*block.attention.parameters(), *block.ffn.parameters()]:
    ...     _ = nn.init.zeros_(parameter)  # what is left are X and the layer normalizations
    >>> block(torch.tensor([[[1.0, 1.0, 5.0, 5.0]]]), torch.tensor([1])).detach()
    tensor([[[-1.0000, -1.0000,  1.0000,  1.0000]]])
    >>> encoder = TransformerEncoder(200, 24, 24, 24, 24, [100, 24], 24, 48, 8, 2, 0.5).eval()
    >>> encoder(torch.ones(2, 100, dtype=torch.long), torch.tensor([3, 2])).shape
    torch.Size([2, 100, 24])
    >>> [weights.shape for weights in encoder.attention_weights]
    [torch.Size([16, 100, 100]), torch.Size([16, 100, 100])]
"""

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
    """Self-attention and a position-wise network, each with add & norm behind it.

    Args:
        key_size: features of a key.
        query_size: features of a query.
        value_size: features of a value.
        num_hiddens: features of a position, d.
        norm_shape: the last axes, over which is normalized: d, [d] or [n, d].
        ffn_num_input: features that go into `ffn`.
        ffn_num_hiddens: features between the layers of `ffn`.
        num_heads: h.
        dropout: the probability with which something is dropped in training.
        use_bias: whether the projections of the attention have a bias.
    """

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
        raise NotImplementedError

    def forward(self, X: Float[Tensor, "b n d"], valid_lens: Num[Tensor, "..."] | None) -> Float[Tensor, "b n d"]:
        """Let the positions look at each other, then work on each of them.

        Args:
            X: (b, n, d).
            valid_lens: None, lengths per sample (b,), or lengths per position (b, n).

        Returns:
            (b, n, d).
        """
        raise NotImplementedError


class TransformerEncoder(nn.Module):
    """Embeddings, positions, and a stack of encoder blocks.

    Args:
        vocab_size: how many tokens there are.
        num_layers: how many blocks there are; the other sizes are those of a block.

    Attributes:
        attention_weights: one entry per block, the weights of its last call, (b·h, n, n).
    """

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
        raise NotImplementedError

    def forward(self, X: Int[Tensor, "b n"], valid_lens: Num[Tensor, "..."] | None) -> Float[Tensor, "b n d"]:
        """Represent every token by what stands around it.

        Args:
            X: tokens, (b, n).
            valid_lens: None, lengths per sample (b,), or lengths per position (b, n).

        Returns:
            (b, n, d).
        """
        raise NotImplementedError
