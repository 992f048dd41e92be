"""Queries, keys and values (《动手学深度学习》 10.1.3 查询、键和值).

Every attention of this course is made of three steps. A query is compared with all keys, which gives scores; a softmax
turns the scores of a query into weights; and the weights mix the values, one of which belongs to each key:

    queries (b, q, d) ─┐
                       ├─ similarity_scores ──> scores (b, q, k) ── attention_weights ──> weights (b, q, k) ─┐
    keys    (b, k, d) ─┘                                                                                   attend
    values  (b, k, v) ───────────────────────────────────────────────────────────────────────────────────────┴─> (b, q, v)

                      key 0    key 1    key 2
    query  (1, 2)
    key              (1, 0)   (0, 1)   (1, -1)
    score                 1        2       -1       the dot product of query and key
    exp(score - 2)     0.37     1.00     0.05       2 is the largest score; their sum is 1.42
    weight             0.26     0.71     0.04
    value                10       20       30       output = 0.26 · 10 + 0.71 · 20 + 0.04 · 30 = 17.8

exp overflows from 710 on (in float32 from 89 on), and where all scores are very negative every exp is 0. Subtracting
the same number from all scores of a query changes no weight; the largest one makes every exponent at most 0.

Write the three functions. What is graded:

- The scores are plain dot products, not scaled in any way: entry [i, j, l] is that of query j and key l of sample i.
- Every query's weights are the softmax of its scores over the keys, right for all scores from -10000 to 10000.
- `attend` takes the weights as they are: it does not ask whether they sum to 1 (after dropout they do not).
- Results have the dtype of the inputs (float32 or float64), the inputs stay as they were, and gradients flow back to
  every input.

Forbidden, because it is the second step: `softmax` and `log_softmax` in any form, with `softmin`, `gumbel_softmax`,
`nn.Softmax`, `nn.Softmin` and `nn.LogSoftmax`; and `F.scaled_dot_product_attention`, `nn.MultiheadAttention`.
(`torch.logsumexp` is allowed.)

Try it by hand:

    >>> queries = torch.tensor([[[1.0, 2.0]]])
    >>> keys = torch.tensor([[[1.0, 0.0], [0.0, 1.0], [1.0, -1.0]]])
    >>> values = torch.tensor([[[10.0], [20.0], [30.0]]])
    >>> scores = similarity_scores(queries, keys)
    >>> scores
    tensor([[[ 1.,  2., -1.]]])
    >>> weights = attention_weights(scores)
    >>> weights
    tensor([[[0.2595, 0.7054, 0.0351]]])
    >>> attend(weights, values)
    tensor([[[17.7562]]])

★ For a star (no points): a score of -inf, in a row that has finite scores too, gives a weight of exactly 0.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def similarity_scores(queries: Float[Tensor, "b q d"], keys: Float[Tensor, "b k d"]) -> Float[Tensor, "b q k"]:
    """Compare every query with every key of its sample by a dot product.

    Args:
        queries: (b, q, d).
        keys: (b, k, d).

    Returns:
        One score for every query and key, (b, q, k).
    """
    raise NotImplementedError


def attention_weights(scores: Float[Tensor, "b q k"]) -> Float[Tensor, "b q k"]:
    """Turn the scores of each query into a distribution over the keys, by a softmax that does not overflow.

    Args:
        scores: (b, q, k).

    Returns:
        Weights, (b, q, k); every row sums to 1.
    """
    raise NotImplementedError


def attend(weights: Float[Tensor, "b q k"], values: Float[Tensor, "b k v"]) -> Float[Tensor, "b q v"]:
    """Mix the values of each sample by the weights of each query.

    Args:
        weights: (b, q, k).
        values: one for every key, (b, k, v).

    Returns:
        The weighted sum of the values for every query, (b, q, v).
    """
    raise NotImplementedError
