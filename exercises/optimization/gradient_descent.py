"""Gradient descent (《动手学深度学习》 11.3.1–11.3.2 梯度下降).

The gradient points uphill, so walk the other way, a little at a time:

    x0 ──x ← x − lr · grad(x)──> x1 ──x ← x − lr · grad(x)──> x2 ── … ──> the trajectory (num_steps + 1, d), one row each

How far is a little? A line search asks f itself. It tries a long step along the direction and shrinks it until f has
fallen enough, compared with what the slope grad_x · direction promises (Armijo's condition):

    f(x + α · direction) <= f(x) + c · α · (grad_x · direction)        tried for α = alpha, alpha·rho, alpha·rho², …

Write the two functions. What is graded:

- Row t of the trajectory is x after t steps; row 0 is `x0`. With num_steps = 0 it has that one row.
- The trajectory has the dtype of `x0` (float32 or float64). float64 is computed in float64: results agree to 1e-9.
- The line search returns the first α of alpha, alpha·rho, alpha·rho², … for which the condition holds. `direction`
  goes downhill (grad_x · direction < 0), but it need not be −grad_x. 0 < rho < 1 and 0 < c < 1.
- Where f is NaN, ∞ or −∞ the step is too long: keep shrinking.
- Arguments are left alone: `x0`, `x`, `grad_x` and `direction` are not changed in place.
- `grad` maps a tensor (d,) to a tensor (d,), `f` maps a tensor (d,) to a scalar tensor (); both in the dtype of x.

Try it by hand, with f(x) = x² and its gradient 2x:

    >>> gradient_descent(lambda x: 2 * x, torch.tensor([10.0]), lr=0.25, num_steps=3)
    tensor([[10.0000],
            [ 5.0000],
            [ 2.5000],
            [ 1.2500]])
    >>> x = torch.tensor([10.0])
    >>> backtracking_line_search(lambda x: (x**2).sum(), x, grad_x=2 * x, direction=-2 * x, alpha=2.0)
    0.5

★ For a star (no points): once x is no longer finite, stop with an `OverflowError` whose message names the step.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def gradient_descent(
    grad: Callable[[Tensor], Tensor], x0: Float[Tensor, " d"], lr: float, num_steps: int
) -> Float[Tensor, "num_steps+1 d"]:
    """Take `num_steps` steps of gradient descent from `x0`.

    Args:
        grad: the gradient of the objective, (d,) -> (d,).
        x0: where to start, (d,); it is left alone.
        lr: the learning rate η.
        num_steps: how many steps to take, 0 or more.

    Returns:
        The trajectory, (num_steps + 1, d): row t is x after t steps.
    """
    raise NotImplementedError


def backtracking_line_search(
    f: Callable[[Tensor], Tensor],
    x: Float[Tensor, " d"],
    grad_x: Float[Tensor, " d"],
    direction: Float[Tensor, " d"],
    alpha: float = 1.0,
    rho: float = 0.5,
    c: float = 1e-4,
) -> float:
    """Find how far to go along `direction`: the first of alpha, alpha·rho, alpha·rho², … that lowers f enough.

    Args:
        f: the objective, (d,) -> ().
        x: where we are, (d,).
        grad_x: the gradient of f at x, (d,).
        direction: where to go, (d,), downhill: grad_x · direction < 0.
        alpha: the longest step, tried first.
        rho: the factor by which a step that is too long shrinks.
        c: the part of the promised decrease that is asked for.

    Returns:
        The step α.
    """
    raise NotImplementedError
