"""Self-attention (《动手学深度学习》 10.6.1 自注意力).

Queries, keys and values all come from one sequence: every position asks, and every position answers.

                ┌─ · W_q ──> queries (b, n, p) ─┐
    X (b, n, d) ┼─ · W_k ──> keys    (b, n, p) ─┴─ queries · keys / √p ──mask──softmax──> weights (b, n, n) ─┐
                └─ · W_v ──> values  (b, n, v) ───────────────────────── weights · values ───────────────────┴─> (b, n, v)

A mask says who may see whom. With the causal mask position i sees positions 0, …, i and none after it, as it must when
a sequence is written from left to right. Below X is 0, 1, 2 (n = 3, d = 1), p = 4, and all entries of W_q and W_k are
0.5, so that the score of i and j is 4 · 0.25 · i · j / √4 = i·j / 2. The one entry of W_v is 10:

                  causal_mask(3)     scores           weights            output, the values being 0, 10, 20
    position 0    1  0  0            0.0  0.0  0.0    1.00 0.00 0.00      0.0
    position 1    1  1  0            0.0  0.5  1.0    0.38 0.62 0.00      6.2
    position 2    1  1  1            0.0  1.0  2.0    0.09 0.24 0.67     15.8

Write the two functions. What is graded:

- `causal_mask(n)` is a tensor of truth values (torch.bool), True where query i (a row) may see key j (a column): j <= i.
- `self_attention` returns two tensors: the output (b, n, v) and the weights (b, n, n).
- The scores are divided by √p, where p is the width of the queries.
- `mask` is None (every position sees every position) or (n, n) of torch.bool, the same for every sample; it may be any
  mask, not only the causal one, but every row has at least one True. Where it is False the weight is exactly 0.
- Without a mask the order of the positions does not matter: permute X, and the output is permuted likewise. With the
  causal mask, output i depends on positions 0, …, i alone, and so do its gradients.
- Scaled scores lie between -10000 and 10000. The results have the dtype of the inputs (float32 or float64), the
  arguments stay as they were, and gradients flow back from the output to X, W_q, W_k and W_v.

Forbidden: `F.scaled_dot_product_attention`, `nn.MultiheadAttention`, `F.multi_head_attention_forward`.

Try it by hand:

    >>> causal_mask(3)
    tensor([[ True, False, False],
            [ True,  True, False],
            [ True,  True,  True]])
    >>> X = torch.tensor([[[0.0], [1.0], [2.0]]])
    >>> W_q, W_k, W_v = torch.full((1, 4), 0.5), torch.full((1, 4), 0.5), torch.tensor([[10.0]])
    >>> output, weights = self_attention(X, W_q, W_k, W_v, causal_mask(3))
    >>> output
    tensor([[[ 0.0000],
             [ 6.2246],
             [15.7521]]])
    >>> weights
    tensor([[[1.0000, 0.0000, 0.0000],
             [0.3775, 0.6225, 0.0000],
             [0.0900, 0.2447, 0.6652]]])
"""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor


def causal_mask(n: int) -> Bool[Tensor, "n n"]:
    """Who may see whom when no position may look ahead.

    Args:
        n: the number of positions.

    Returns:
        (n, n) of torch.bool, True at [i, j] where query i may see key j, that is where j <= i.
    """
    raise NotImplementedError


def self_attention(
    X: Float[Tensor, "b n d"],
    W_q: Float[Tensor, "d p"],
    W_k: Float[Tensor, "d p"],
    W_v: Float[Tensor, "d v"],
    mask: Bool[Tensor, "n n"] | None = None,
) -> tuple[Float[Tensor, "b n v"], Float[Tensor, "b n n"]]:
    """Let every position of a sequence attend to the positions that it may see.

    Args:
        X: the sequences, (b, n, d).
        W_q: what makes queries of them, (d, p).
        W_k: what makes keys of them, (d, p).
        W_v: what makes values of them, (d, v).
        mask: None, or (n, n) with True where query i may see key j.

    Returns:
        The output, one mixture of values for every position, (b, n, v); and the weights, (b, n, n).
    """
    raise NotImplementedError
