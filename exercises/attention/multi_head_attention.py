"""Multi-head attention (《动手学深度学习》 10.5 多头注意力).

One attention gives one mixture of values per query. With h heads, queries, keys and values are projected h times, each
head attends on its own, and a last projection puts the heads together. All heads are computed in one pass, by turning
them into further samples of the batch. With d the width of a head, num_hiddens = h·d:

    queries (b, q, query_size) ──W_q──> (b, q, h·d) ──transpose_qkv──> (b·h, q, d) ─┐
    keys    (b, k, key_size)   ──W_k──> (b, k, h·d) ──transpose_qkv──> (b·h, k, d) ─┼─ attention ──> (b·h, q, d)
    values  (b, k, value_size) ──W_v──> (b, k, h·d) ──transpose_qkv──> (b·h, k, d) ─┘                     │
                                                                                                          │
                      output (b, q, h·d) <──W_o── (b, q, h·d) <──transpose_output─────────────────────────┘

Head j owns the features j·d, …, (j+1)·d - 1, and row i·h + j of a (b·h, …) tensor belongs to sample i and head j:

    X (1, 2, 4), two positions, h = 2         transpose_qkv(X, 2), (2, 2, 2)

    [[0, 1, 2, 3],                            [[0, 1],        sample 0, head 0
     [4, 5, 6, 7]]                             [4, 5]]
                                              [[2, 3],        sample 0, head 1
                                               [6, 7]]

Write the three functions and the class. What is graded:

- `transpose_output` undoes `transpose_qkv`. `combine_heads` puts the heads side by side, head 0 first ("concat"), or
  takes their mean ("average"); MultiHeadAttention puts them side by side.
- Sub-modules `W_q`, `W_k`, `W_v`, `W_o` (nn.Linear; these names are the keys of the state_dict), each with a bias if
  `bias` is True and without one otherwise, and `attention`, whose `attention_weights` (b·h, q, k) are the weights of
  the last call before dropout. Use your own DotProductAttention for it, or write one here:
  `from exercises.attention.dot_product_attention import DotProductAttention`.
- The scores of a head are divided by √d, the root of the **head** width.
- `valid_lens` is None, (b,) or (b, q), of any integer or floating type; a sample's lengths hold for each of its heads.
  Every length is at least 1; a length above k masks nothing. Masked keys get weight exactly 0.
- Dropout acts on the attention weights only, in training only.
- The three sizes, num_hiddens, and the numbers of samples, queries and keys may all differ. The result has the dtype of
  the inputs (float32, or float64 after `.double()`), the arguments stay as they were, and gradients flow back to
  queries, keys, values and all parameters; the three functions are differentiable.

Forbidden: `F.scaled_dot_product_attention`, `nn.MultiheadAttention`, `F.multi_head_attention_forward`.

Try it by hand:

    >>> X = torch.arange(8.0).reshape(1, 2, 4)
    >>> transpose_qkv(X, num_heads=2)
    tensor([[[0., 1.],
             [4., 5.]],
    <BLANKLINE>
            [[2., 3.],
             [6., 7.]]])
    >>> heads = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])
    >>> combine_heads(heads), combine_heads(heads, how="average")
    (tensor([[[1., 2., 3., 4.]]]), tensor([[[2., 3.]]]))
    >>> attention = MultiHeadAttention(5, 4, 3, num_hiddens=6, num_heads=2, dropout=0.5).eval()
    >>> attention(torch.ones(2, 4, 4), torch.ones(2, 7, 5), torch.ones(2, 7, 3), torch.tensor([3, 2])).shape
    torch.Size([2, 4, 6])

★ For a star (no points): `MultiHeadAttention(...)` raises ValueError, with a message that names both numbers, if
num_hiddens is not divisible by num_heads.
"""

import math

import torch
from jaxtyping import Float, Num
from torch import Tensor, nn


def transpose_qkv(X: Float[Tensor, "b n h*d"], num_heads: int) -> Float[Tensor, "b*h n d"]:
    """Split the features into heads, and make each head a sample of its own.

    Args:
        X: projected queries, keys or values, (b, n, h·d).
        num_heads: h.

    Returns:
        (b·h, n, d); row i·h + j is head j of sample i.
    """
    raise NotImplementedError


def transpose_output(X: Float[Tensor, "b*h n d"], num_heads: int) -> Float[Tensor, "b n h*d"]:
    """Undo transpose_qkv: put the heads of each sample side by side again.

    Args:
        X: (b·h, n, d).
        num_heads: h.

    Returns:
        (b, n, h·d).
    """
    raise NotImplementedError


def combine_heads(
    heads: Float[Tensor, "b h n d"], how: str = "concat"
) -> Float[Tensor, "b n h*d"] | Float[Tensor, "b n d"]:
    """Make one vector per position out of those of h heads.

    Args:
        heads: (b, h, n, d).
        how: "concat" puts them side by side, head 0 first; "average" takes their mean.

    Returns:
        (b, n, h·d) for "concat", (b, n, d) for "average".
    """
    raise NotImplementedError


class MultiHeadAttention(nn.Module):
    """Scaled dot-product attention in h heads, each on projections of its own.

    Args:
        key_size: features of a key.
        query_size: features of a query.
        value_size: features of a value.
        num_hiddens: features of all heads together, h·d; also those of the output.
        num_heads: h.
        dropout: the probability with which an attention weight is dropped in training.
        bias: whether the four projections have a bias.

    Attributes:
        W_q, W_k, W_v, W_o: the projections of queries, keys, values, and of the heads put together.
        attention: the scaled dot-product attention, with the weights of the last call, (b·h, q, k), in
            `attention.attention_weights`.
    """

    def __init__(
        self,
        key_size: int,
        query_size: int,
        value_size: int,
        num_hiddens: int,
        num_heads: int,
        dropout: float,
        bias: bool = False,
    ):
        super().__init__()
        raise NotImplementedError

    def forward(
        self,
        queries: Float[Tensor, "b q query_size"],
        keys: Float[Tensor, "b k key_size"],
        values: Float[Tensor, "b k value_size"],
        valid_lens: Num[Tensor, "..."] | None,
    ) -> Float[Tensor, "b q num_hiddens"]:
        """Attend with every head, and put the heads together.

        Args:
            queries: (b, q, query_size).
            keys: (b, k, key_size).
            values: one for every key, (b, k, value_size).
            valid_lens: None, lengths per sample (b,), or lengths per query (b, q).

        Returns:
            One vector per query, (b, q, num_hiddens).
        """
        raise NotImplementedError
