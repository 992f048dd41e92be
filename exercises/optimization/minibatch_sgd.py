"""Minibatch stochastic gradient descent (《动手学深度学习》 11.5 小批量随机梯度下降).

The gradient over all n samples is exact and slow, that of one sample fast and noisy. A minibatch lies between them: in
every epoch the samples are shuffled, cut into batches, and each batch moves the parameters once.

    0 1 2 3 4 5 6 ──shuffle──> 4 0 6 2 5 1 3 ──cut, batch_size 3──> [4 0 6] [2 5 1] [3]       n = 7, ⌈7/3⌉ = 3 batches

    a batch B, |B| samples:   X[B] (|B|, d), y[B] (|B|,) ──> loss = 1/|B| Σ (w·x + b − y)²/2 ──gradients──> w, b
                                                               └──> losses[t], before w and b move

Write the two functions and the optimizer. What is graded:

- `minibatches` returns a list of int64 tensors: the numbers 0 … n − 1, each once, in an order drawn from `generator`. All
  batches have `batch_size` entries except the last, which takes what is left; if batch_size ≥ n there is one batch.
- `SGD` is an ordinary `torch.optim.Optimizer`: x ← x − lr·(x.grad + weight_decay·x), in place, for every x that has a
  gradient; one whose grad is None stays where it is, gradients are left as they are. "lr" and "weight_decay" are read
  from the parameter's group at every step; `add_param_group` may bring in others. lr < 0 raises `ValueError`; lr = 0 is
  fine. float64 results agree to 1e-9.
- `train_linear_regression` starts with w and b at 0. In each of `num_epochs` epochs every sample is in one batch, in a
  fresh order from `generator` (with your `minibatches` or in any way you like), the last batch the smaller one. The
  loss of a batch is its **mean** of (w·x + b − y)²/2; w and b take one step w ← w − lr · ∂loss/∂w, b likewise, per batch.
- It returns w (d,), b () and losses (num_epochs · ⌈n/batch_size⌉,), the loss of each batch before its step. They have the
  dtype of X (float32 or float64); whether they still hang in a graph does not matter. X and y stay as they were.
- Random numbers come from `generator` alone: the same seed gives the same batches, another one others.
- Forbidden is what does the exercise: `torch.optim.SGD` and the function `torch.optim.sgd.sgd`.

(The book's `sgd` divides by batch_size, because its loss is a sum over the batch. The mean has divided already, and does
it right for a smaller last batch, too. And its functions zero the gradients, which here is left to `zero_grad`.)

Try it by hand, with one batch per epoch: the loss at 0 is (1 + 9)/2/2, its gradient ∂w = −(1·1 + 3·2)/2, ∂b = −(1 + 3)/2.

    >>> X, y = torch.tensor([[1.0], [2.0]]), torch.tensor([1.0, 3.0])
    >>> w, b, losses = train_linear_regression(X, y, batch_size=2, lr=0.1, num_epochs=1, generator=torch.Generator())
    >>> w, b, losses
    (tensor([0.3500]), tensor(0.2000), tensor([2.5000]))
    >>> [len(batch) for batch in minibatches(7, 3, torch.Generator().manual_seed(0))]
    [3, 3, 1]

★ For a star (no points): `SGD.step(closure)` calls the closure once, with gradients enabled, and returns its value.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def minibatches(n: int, batch_size: int, generator: torch.Generator) -> list[Int[Tensor, " batch"]]:
    """Cut the numbers 0 … n − 1, in random order, into batches.

    Args:
        n: how many samples there are, at least 1.
        batch_size: how many of them make a batch, at least 1.
        generator: where the order is drawn from.

    Returns:
        ⌈n/batch_size⌉ tensors of indices, int64; the last one may be shorter.
    """
    raise NotImplementedError


class SGD(torch.optim.Optimizer):
    """Gradient descent on whatever gradients there are.

    Args:
        params: an iterable of parameters, or of dictionaries that describe parameter groups.
        lr: the learning rate, at least 0.
        weight_decay: λ; λx is added to the gradient, as that of a penalty λ|x|²/2.
    """

    def __init__(self, params, lr, weight_decay=0.0):
        raise NotImplementedError

    def step(self, closure=None):
        """Update every parameter that has a gradient, in place.

        Args:
            closure: None, or a function without arguments that computes the loss anew (★).

        Returns:
            What the closure returned, or None.
        """
        raise NotImplementedError


def train_linear_regression(
    X: Float[Tensor, "n d"],
    y: Float[Tensor, " n"],
    batch_size: int,
    lr: float,
    num_epochs: int,
    generator: torch.Generator,
) -> tuple[Float[Tensor, " d"], Float[Tensor, ""], Float[Tensor, " updates"]]:
    """Fit y ≈ X w + b by minibatch SGD, from w = 0 and b = 0.

    Args:
        X: the samples' features, (n, d).
        y: their labels, (n,).
        batch_size: how many samples make a batch, at least 1.
        lr: the learning rate.
        num_epochs: how often every sample is visited, at least 1.
        generator: where the order of the samples is drawn from.

    Returns:
        w (d,), b (), and the loss of every batch before its update, (num_epochs · ⌈n/batch_size⌉,).
    """
    raise NotImplementedError
