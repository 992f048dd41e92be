"""The Transformer decoder (《动手学深度学习》 10.7.5 解码器).

The decoder writes. It looks at what it has written so far, then at the source text, as the encoder left it:

    X (b, n, d) ──┬── attention1(X, seen, seen) ──┐                seen (b, t, d): X, behind what came before it
                  └────────────────────────── addnorm1 ──> Y (b, n, d)

    Y ──┬── attention2(Y, enc_outputs, enc_outputs) ──┐            enc_outputs (b, m, d): m source tokens
        └──────────────────────────────────────── addnorm2 ──> Z ──┬── ffn ──┐
                                                                   └───── addnorm3 ──> (b, n, d)

    tokens (b, n) ──embedding──> · √d ──pos_encoding──> (b, n, d) ──blks[0]── … ──blks[L-1]──dense──> (b, n, vocab_size)

In training the whole target is there at once (teacher forcing), and a mask hides from each position what comes after it.
In prediction there is one token at a time; nothing comes after it, but what came before has to be remembered:

    sees      training, n = 3                  prediction, one call per token
              token 0   token 1   token 2      seen
    token 0      x         .         .         token 0                            seen is None before the first call
    token 1      x         x         .         token 0, token 1
    token 2      x         x         x         token 0, token 1, token 2       blocks give the same both ways

Write the two classes, of your own MultiHeadAttention, AddNorm, PositionWiseFFN and PositionalEncoding (the imports are
there; you may also write these parts anew here). What is graded:

- Sub-modules (their names are the keys of the state_dict). DecoderBlock: `attention1`, `addnorm1`, `attention2`,
  `addnorm2`, `ffn`, `addnorm3`. TransformerDecoder: `embedding`, `pos_encoding`, `blks` (an nn.Sequential or an
  nn.ModuleList) and `dense`, an nn.Linear with its bias. The parts are called as in their exercises, the projections of
  both attentions have no bias, and `dense` gives scores, without a softmax.
- `key_size`, `query_size`, `value_size` and `ffn_num_input` are as in the encoder: in `forward` they are all num_hiddens,
  and so is the width of enc_outputs. `norm_shape` is d, [d] or, as long as n stays the same, [n, d].
- The state before the first call is [enc_outputs, enc_valid_lens, [None] * num_layers], as `init_state` makes it below.
  `forward` takes a state and returns its output and the state after it. Block number i remembers in state[2][i]; what it
  puts there is its own business. A state may be changed in place or made anew, a list or a tuple: one that was handed
  over is not used again. It holds everything that is remembered, so that a decoder can work on several texts in turn.
- In training mode, with a new state, a position sees itself and the positions before it. In eval mode, one token at a
  time, each with the state that the call before returned, a stack of blocks gives what it gives in training without
  dropout.
- `enc_valid_lens` is None or (b,), of any integer or floating type; attention2, and nothing else, masks by it. Every
  length is at least 1; a length above m masks nothing.
- After each call, `attention_weights` of the decoder is a list of two lists: the weights of attention1 (b·h, n, t), one
  entry per block, and those of attention2 (b·h, n, m), before dropout; t counts the tokens of the earlier calls, too.
- Embeddings are multiplied by √num_hiddens before the positions are added. `dropout` acts in training only: on the weights
  of both attentions, on what each of the three sublayers gives, and on the sum of embeddings and positions.
- num_hiddens is even and divisible by num_heads, num_layers is at least 1, t at most 1000. The result has the dtype of the
  parameters (float32, or float64 after `.double()`), the tensors handed over stay as they were, and gradients flow back to
  enc_outputs and to all parameters.

Forbidden: `nn.Transformer`, `nn.TransformerDecoder`, `nn.TransformerDecoderLayer`, `nn.MultiheadAttention`,
`F.scaled_dot_product_attention`, `F.multi_head_attention_forward`.

Try it by hand:

    >>> decoder = TransformerDecoder(9, 4, 4, 4, 4, 4, 4, 8, num_heads=2, num_layers=1, dropout=0.0)
    >>> for parameter in decoder.blks[0].attention1.parameters():
    ...     _ = nn.init.zeros_(parameter)  # all scores are 0: whatever may be seen gets the same weight
    >>> state = decoder.init_state(torch.ones(1, 5, 4), torch.tensor([3]))
    >>> output, state = decoder(torch.tensor([[6, 7]]), state)
    >>> output.shape, decoder.attention_weights[1][0].shape
    (torch.Size([1, 2, 9]), torch.Size([2, 2, 5]))
    >>> decoder.attention_weights[0][0][0].detach()
    tensor([[1.0000, 0.0000],
            [0.5000, 0.5000]])

★ For stars (no points): in eval mode, several tokens in one call see no more than they do one at a time, be it the first
call or a later one; and in TransformerDecoder positions go on counting from call to call, so that there, too, one token
at a time gives what all at once give in training (the book's code does neither).
"""

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
    """Masked self-attention, attention to the source and a position-wise network, each with add & norm behind it.

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
        i: which block of the decoder this is; its memory is state[2][i].
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
        i: int,
    ):
        super().__init__()
        raise NotImplementedError

    def forward(self, X: Float[Tensor, "b n d"], state: Any) -> tuple[Float[Tensor, "b n d"], Any]:
        """Look back, look at the source, then work on each position.

        Args:
            X: (b, n, d).
            state: [enc_outputs (b, m, d), enc_valid_lens (b,) or None, one entry per block] or what was returned before.

        Returns:
            The output (b, n, d), and the state with which to go on.
        """
        raise NotImplementedError


class TransformerDecoder(nn.Module):
    """Embeddings, positions, a stack of decoder blocks, and scores for the next token.

    Args:
        vocab_size: how many tokens there are.
        num_layers: how many blocks there are; the other sizes are those of a block.

    Attributes:
        attention_weights: the weights of the last call, [those of attention1, those of attention2], for every block.
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
    ):
        super().__init__()
        raise NotImplementedError

    def init_state(self, enc_outputs: Float[Tensor, "b m d"], enc_valid_lens: Num[Tensor, " b"] | None) -> Any:
        """What there is to know before the first token: the source text, and no memory in any block."""
        return [enc_outputs, enc_valid_lens, [None] * len(self.blks)]

    def forward(self, X: Int[Tensor, "b n"], state: Any) -> tuple[Float[Tensor, "b n vocab_size"], Any]:
        """Score what may come next, behind every token.

        Args:
            X: tokens, (b, n).
            state: what `init_state` or the call before returned.

        Returns:
            The scores (b, n, vocab_size), and the state with which to go on.
        """
        raise NotImplementedError
