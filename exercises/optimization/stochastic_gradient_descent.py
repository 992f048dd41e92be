"""Stochastic gradient descent (《动手学深度学习》 11.4 随机梯度下降).

An objective over n samples is their mean, f(x) = (f₀(x) + … + fₙ₋₁(x))/n, and its gradient costs n gradients. Take a step
with the gradient of one sample instead: right on average, n times as cheap. The noise in it must shrink in the end, and so
must the learning rate:

    epoch 1, in the order 2, 0, 1 (n = 3)         epoch 2, in another order, 1, 2, 0
    x0 ──i=2──> x1 ──i=0──> x2 ──i=1──> x3 ──────────i=1──> x4 ──i=2──> x5 ──i=0──> x6        num_epochs·n + 1 rows
         t=0         t=1         t=2                 t=3         t=4         t=5

    x ← x − schedule(t) · grad_i(x, i)            exponential_lr   η₀ · exp(−decay · t)
                                                  polynomial_lr    η₀ · (1 + beta · t)^(−alpha)

Write the three functions. What is graded:

- The two formulas; a plain Python number comes back, right to 1e-9. polynomial_lr has alpha = 0.5 and beta = 0.1 by default.
- In each epoch every sample has its turn exactly once, in a random order that is drawn anew for every epoch; all orders
  are equally likely.
- The orders come from `generator` alone: generators with the same seed give the same orders, another seed gives others.
  torch.randperm(n, generator=generator) does that; any other way of drawing them is as good.
- grad_i is called once per update, at the current x, with i an int or a 0-dimensional tensor from 0 to n − 1. schedule is
  called with t, the number of updates made so far: 0 for the first one, and it goes on counting from epoch to epoch.
- Row 0 of the trajectory is `x0`, row t is x after t updates; with num_epochs = 0 there is that one row. It has the dtype of
  `x0` (float32 or float64), and float64 results agree to 1e-9. `x0` is left alone.

Try it by hand, with fᵢ(x) = x²/2 for each of two samples:

    >>> exponential_lr(0, lr0=0.5, decay=0.1), polynomial_lr(30, lr0=0.5)
    (0.5, 0.25)
    >>> generator = torch.Generator().manual_seed(0)
    >>> sgd(lambda x, i: x, torch.tensor([8.0]), 2, lambda t: 0.5, 1, generator)
    tensor([[8.],
            [4.],
            [2.]])
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def exponential_lr(t: int, lr0: float, decay: float) -> float:
    """A learning rate that decays exponentially.

    Args:
        t: the number of updates made so far.
        lr0: the learning rate at t = 0.
        decay: how fast it decays.

    Returns:
        lr0 · exp(−decay · t).
    """
    raise NotImplementedError


def polynomial_lr(t: int, lr0: float, alpha: float = 0.5, beta: float = 0.1) -> float:
    """A learning rate that decays like a power of t.

    Args:
        t: the number of updates made so far.
        lr0: the learning rate at t = 0.
        alpha: the power.
        beta: how soon the decay sets in.

    Returns:
        lr0 · (1 + beta · t)^(−alpha).
    """
    raise NotImplementedError


def sgd(
    grad_i: Callable[[Tensor, int], Tensor],
    x0: Float[Tensor, " d"],
    n: int,
    schedule: Callable[[int], float],
    num_epochs: int,
    generator: torch.Generator,
) -> Float[Tensor, "num_epochs*n+1 d"]:
    """Take a step with the gradient of every sample, in random order, epoch by epoch.

    Args:
        grad_i: the gradient of sample i's objective, (d,), i -> (d,).
        x0: where to start, (d,); it is left alone.
        n: the number of samples.
        schedule: the learning rate for the update that follows t updates.
        num_epochs: how often to go through the samples, 0 or more.
        generator: where the random orders come from.

    Returns:
        The trajectory, (num_epochs · n + 1, d): row t is x after t updates.
    """
    raise NotImplementedError
