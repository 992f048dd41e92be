"""Masked softmax (《动手学深度学习》 10.3.1 掩蔽softmax操作).

Sequences in a batch have different lengths: shorter ones are padded, and attention must not look at padding. The
masked softmax turns scores into weights over the *valid* keys only:

    scores  (b, q, k) ──mask positions >= valid_len──softmax over the keys──> weights (b, q, k)

                    key 0  key 1  key 2
    scores            1.0    1.0    9.0       valid_len = 2
    weights           0.5    0.5    0.0       the third key is padding: its weight is exactly 0

Write the two functions. What is graded:

- Masked keys get weight exactly 0; the weights of the valid keys are their softmax and sum to 1.
- `valid_lens` is None (nothing is masked), (b,) — one length per sample — or (b, q) — one length per query; its
  numbers may be of any integer or floating type. Every length is at least 1; a length above k masks nothing.
- Scores lie between -10000 and 10000. The result has the shape and dtype of the scores (float32 or float64), and
  gradients flow back to the scores.
- `sequence_mask` may write into `X` or return a new tensor.

Try it by hand:

    >>> X = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    >>> sequence_mask(X, torch.tensor([1, 2]), value=0.0)
    tensor([[1., 0., 0.],
            [4., 5., 0.]])

★ For stars (no points): leave the caller's scores as they were; let scores below -1e6 not leak past the mask; a
length of 0 gives a row of zeros, not NaN; all this in float16 too.
"""

import torch
from jaxtyping import Float, Num
from torch import Tensor


def sequence_mask(X: Float[Tensor, "n k"], valid_len: Num[Tensor, " n"], value: float = 0) -> Float[Tensor, "n k"]:
    """Put `value` at the positions of row i that are >= valid_len[i]; the others stay.

    Args:
        X: one sequence per row, (n, k).
        valid_len: how many positions of each row are valid, (n,).
        value: what to put at the others.
    """
    raise NotImplementedError


def masked_softmax(X: Float[Tensor, "b q k"], valid_lens: Num[Tensor, "..."] | None) -> Float[Tensor, "b q k"]:
    """Softmax over the last axis, in which keys at positions >= the valid length get weight 0.

    Args:
        X: scores, (b, q, k).
        valid_lens: None, lengths per sample (b,), or lengths per query (b, q).

    Returns:
        Weights, (b, q, k); every row sums to 1.
    """
    raise NotImplementedError
