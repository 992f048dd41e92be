"""Layer normalization and add & norm (《动手学深度学习》 10.7.3 残差连接和层规范化).

Layer normalization gives every vector mean 0 and variance 1, whatever else is in the batch, and then a new scale and
shift for each feature:

    X (…, d) ──minus its mean──divided by √(variance + ε)──> (…, d) ──· gamma (d,) ──+ beta (d,)──> (…, d)

    X                  1.0   1.0   5.0   5.0      mean 3, variance (4 + 4 + 4 + 4) / 4 = 4, root 2
    normalized        -1.0  -1.0   1.0   1.0
    gamma              1.0   1.0   2.0   2.0
    beta               0.0   0.0   0.0   5.0
    layer_norm        -1.0  -1.0   2.0   7.0

In the Transformer it stands behind every sublayer, together with a residual connection. X is what went into the
sublayer, Y what came out of it:

    Y (b, n, d) ──dropout──┐
    X (b, n, d) ────────── + ──ln──> (b, n, d)

Write `layer_norm` and `AddNorm.forward`. What is graded:

- Mean and variance are taken over the last axis alone, for every vector by itself; there may be any number of axes
  before it. The variance is the mean of the squared distances from the mean (divided by d, not by d - 1), and eps is
  added to it before the root is taken.
- `eps` is a number, or a tensor of shape (), of the dtype of X, through which gradients flow as well. Magnitudes are
  ordinary: a mean is at most 100 times as large as the standard deviation around it, or the standard deviation is 0.
- `AddNorm.forward` returns ln(dropout(Y) + X). Dropout acts on Y alone, in training only.
- `AddNorm.ln` is given below: PyTorch's own layer normalization, whose parameters are `ln.weight` (gamma) and `ln.bias`
  (beta). `normalized_shape` is an int d, [d], or [n, d], which normalizes over the last two axes together.
- The results have the dtype of X (float32, or float64; a module after `.double()`), the arguments stay as they were,
  and gradients flow back to all of them and to the parameters of `ln`.

Forbidden in `layer_norm`, though not in AddNorm: `nn.LayerNorm`, `F.layer_norm`.

Try it by hand:

    >>> X = torch.tensor([[1.0, 1.0, 5.0, 5.0], [10.0, 30.0, 30.0, 10.0]])
    >>> layer_norm(X, gamma=torch.tensor([1.0, 1.0, 2.0, 2.0]), beta=torch.tensor([0.0, 0.0, 0.0, 5.0]))
    tensor([[-1.0000, -1.0000,  2.0000,  7.0000],
            [-1.0000,  1.0000,  2.0000,  3.0000]])
    >>> add_norm = AddNorm(4, dropout=0.5).eval()
    >>> add_norm(torch.tensor([[1.0, 1.0, 2.0, 2.0]]), torch.tensor([[0.0, 0.0, 3.0, 3.0]])).detach()
    tensor([[-1.0000, -1.0000,  1.0000,  1.0000]])
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn


def layer_norm(
    X: Float[Tensor, "... d"], gamma: Float[Tensor, " d"], beta: Float[Tensor, " d"], eps: float | Tensor = 1e-5
) -> Float[Tensor, "... d"]:
    """Normalize every vector of X, then scale and shift its features.

    Args:
        X: (…, d).
        gamma: the scale of each feature, (d,).
        beta: the shift of each feature, (d,).
        eps: what is added to the variance, so that no division is by 0.

    Returns:
        (…, d).
    """
    raise NotImplementedError


class AddNorm(nn.Module):
    """A residual connection followed by layer normalization.

    Args:
        normalized_shape: the last axes, over which `ln` normalizes: d, [d] or [n, d].
        dropout: the probability with which an entry of Y is dropped in training.

    Attributes:
        ln: the layer normalization.
    """

    def __init__(self, normalized_shape: int | Sequence[int], dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)
        self.ln = nn.LayerNorm(normalized_shape)

    def forward(self, X: Float[Tensor, "b n d"], Y: Float[Tensor, "b n d"]) -> Float[Tensor, "b n d"]:
        """Add what a sublayer made of X to X itself, and normalize.

        Args:
            X: what went into the sublayer, (b, n, d).
            Y: what came out of it, (b, n, d).

        Returns:
            (b, n, d).
        """
        raise NotImplementedError
