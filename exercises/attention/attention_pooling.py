"""Attention pooling (《动手学深度学习》 10.1 注意力提示, 10.2 注意力汇聚：Nadaraya-Watson 核回归).

Training points are pairs of a key x_train[j] and a value y_train[j]. A query is a new x whose y is asked for. Average
pooling looks at all values alike; attention pooling looks more at the values whose keys lie near the query:

    x_query (q,) ─┐
                  ├─ -((x - x_j) / bandwidth)² / 2 ──> scores (q, k) ──softmax over the keys──> weights (q, k) ─┐
    x_train (k,) ─┘                                                                                             │
    y_train (k,) ────────────────────────────────────────────────────────────── weights · y ────────────────────┴─> (q,)

                    key 0  key 1  key 2
    x_train           1.0    3.0    5.0       the query is x = 1
    y_train            10     20     30
    weight           0.88   0.12   0.00       bandwidth 1: scores 0, -2, -8;     prediction 11.2
    weight           0.57   0.35   0.08       bandwidth 2: scores 0, -0.5, -2;   prediction 15.0
    weight           0.33   0.33   0.33       average pooling;                   prediction 20.0

The weights are a distribution, so a prediction is a mixture of the values: it never leaves the range from the smallest
to the largest. The smaller the bandwidth, the nearer it comes to the value of the nearest key; the larger, the nearer
to the average. `NWKernelRegression` learns how sharply to look: it has a parameter w where the functions have
1 / bandwidth, and every query comes with keys and values of its own (in training, all points but the query itself):

    queries (q,)   ─┐
                    ├─ -((query - key) · w)² / 2 ──softmax over the keys──> attention_weights (q, k) ─┐
    keys    (q, k) ─┘                                                                                 │
    values  (q, k) ────────────────────────────────────────── weighted sum of each row ───────────────┴─> (q,)

Write the three functions and the class. What is graded:

- `average_pooling` returns the mean of y_train once for every query.
- The weights are right however small (but positive) the bandwidth is, and however far a query lies from all keys:
  never 0 / 0. (The squares in the picture are finite numbers.) Bandwidths are finite; 0 or less raises ValueError in
  `gaussian_weights` and in `nadaraya_watson`.
- `NWKernelRegression()` has one nn.Parameter `w` of shape (1,), drawn from the uniform distribution on [0, 1). After
  each call `self.attention_weights` holds the weights (q, k).
- Results have the dtype of the inputs (float32 or float64; the class in float64 after `.double()`), the inputs stay as
  they were, and gradients flow back to queries, keys and values, and to w.

Try it by hand:

    >>> x_query, x_train = torch.tensor([1.0]), torch.tensor([1.0, 3.0, 5.0])
    >>> y_train = torch.tensor([10.0, 20.0, 30.0])
    >>> average_pooling(x_query, y_train)
    tensor([20.])
    >>> gaussian_weights(x_query, x_train, bandwidth=2.0)
    tensor([[0.5741, 0.3482, 0.0777]])
    >>> nadaraya_watson(x_query, x_train, y_train)
    tensor([11.1976])
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


def average_pooling(x_query: Float[Tensor, " q"], y_train: Float[Tensor, " k"]) -> Float[Tensor, " q"]:
    """Predict the mean of y_train, whatever the query is.

    Args:
        x_query: where to predict, (q,).
        y_train: the values, (k,).

    Returns:
        The same prediction for every query, (q,).
    """
    raise NotImplementedError


def gaussian_weights(
    x_query: Float[Tensor, " q"], x_train: Float[Tensor, " k"], bandwidth: float = 1.0
) -> Float[Tensor, "q k"]:
    """How much each query attends to each key: the softmax over the keys of -((x - x_j) / bandwidth)² / 2.

    Args:
        x_query: the queries, (q,).
        x_train: the keys, (k,).
        bandwidth: how far a query looks, in units of x; positive.

    Returns:
        Weights, (q, k); every row sums to 1.

    Raises:
        ValueError: if bandwidth is 0 or less.
    """
    raise NotImplementedError


def nadaraya_watson(
    x_query: Float[Tensor, " q"],
    x_train: Float[Tensor, " k"],
    y_train: Float[Tensor, " k"],
    bandwidth: float = 1.0,
) -> Float[Tensor, " q"]:
    """Predict by attention pooling: the values, mixed by the Gaussian weights of their keys.

    Args:
        x_query: the queries, (q,).
        x_train: the keys, (k,).
        y_train: one value for every key, (k,).
        bandwidth: how far a query looks; positive.

    Returns:
        One prediction for every query, (q,).

    Raises:
        ValueError: if bandwidth is 0 or less.
    """
    raise NotImplementedError


class NWKernelRegression(nn.Module):
    """Attention pooling that learns how sharply to look.

    Attributes:
        w: the parameter, (1,); it stands where the functions have 1 / bandwidth.
        attention_weights: the weights of the last call, (q, k).
    """

    def __init__(self):
        super().__init__()
        raise NotImplementedError

    def forward(
        self, queries: Float[Tensor, " q"], keys: Float[Tensor, "q k"], values: Float[Tensor, "q k"]
    ) -> Float[Tensor, " q"]:
        """Predict for every query from keys and values of its own.

        Args:
            queries: (q,).
            keys: row i belongs to query i, (q, k).
            values: one for every key, (q, k).

        Returns:
            One prediction for every query, (q,).
        """
        raise NotImplementedError
