"""Convexity (《动手学深度学习》 11.2 凸性: 詹森不等式, 凸性和二阶导数, 投影).

A function is convex if a chord never runs below it: the mean of its values is at least its value at the mean (Jensen).

    points (n, d) ──f──> values (n,) ──mean with weights──> 5   ┐
         └──mean with weights──> point (d,) ──────f───────> 4   ┴── gap 1, never below 0 if f is convex

x'Ax/2 is convex if it bends downwards in no direction. A need not be symmetric, but only its symmetric part counts:
x'Ax = x'A'x, so that x'Ax/2 has the curvatures of (A + A')/2.

Convex sets are as useful: to each x exactly one of their points is the nearest, its projection. Gradient descent that
must not leave such a set steps, perhaps out of it, and is put back; then it takes the next gradient where it is now:

    x0 ──x − lr · grad(x)──> outside? ──project──> x1 ──x − lr · grad(x)──> outside? ──project──> x2 ── …

Write the four functions. What is graded:

- `jensen_gap` is Σ w_i f(x_i) − f(Σ w_i x_i). Weights of 0 are fine. A negative weight, or a sum that is off 1 by more
  than 1e-6, raises ValueError. (Wrong sums are off by 1e-3 or more.)
- `is_convex_quadratic`: flat directions, of curvature 0, do no harm; x'Ax/2 = 0 is convex, too. Computed curvatures of
  0 may come out as −1e-17: allow for rounding. (Those that are not 0 are between 0.1 and 10 in size.)
- `project_onto_ball` returns the point of the ball |z − center| <= radius that is nearest to x: x itself if it lies in
  the ball, also at the center. radius > 0. An ε of up to 1e-6 in a denominator does no harm. Gradients flow back to x
  (not graded at the center itself).
- `projected_gradient_descent` returns the trajectory, (num_steps + 1, d). Row 0 is `x0`, which lies in the set; row t
  is x after t steps, each of them projected. With num_steps = 0 it has that one row.
- Tensors have the dtype of the inputs (float32 or float64), and arguments are left alone.
- `f` maps a tensor (d,) to a scalar tensor (), `grad` and `project` a tensor (d,) to a tensor (d,), all in the dtype of
  x; each takes one point at a time.

Try it by hand:

    >>> jensen_gap(lambda x: (x**2).sum(), torch.tensor([[1.0], [3.0]]), torch.tensor([0.5, 0.5]))
    1.0
    >>> is_convex_quadratic(torch.tensor([[2.0, -9.0], [9.0, 0.0]]))
    True
    >>> project_onto_ball(torch.tensor([4.0, 5.0]), center=torch.tensor([1.0, 1.0]), radius=2.5)
    tensor([2.5000, 3.0000])
    >>> x0 = torch.tensor([4.0])
    >>> projected_gradient_descent(lambda x: 2 * x, lambda x: x.clamp(min=1.0), x0, lr=0.25, num_steps=3)
    tensor([[4.],
            [2.],
            [1.],
            [1.]])
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def jensen_gap(f: Callable[[Tensor], Tensor], points: Float[Tensor, "n d"], weights: Float[Tensor, " n"]) -> float:
    """By how much the mean of f exceeds f of the mean.

    Args:
        f: the function, (d,) -> ().
        points: where to take it, (n, d).
        weights: how much each point counts, (n,): a distribution.

    Returns:
        Σ w_i f(x_i) − f(Σ w_i x_i).

    Raises:
        ValueError: if a weight is negative, or they do not sum to 1 (within 1e-6).
    """
    raise NotImplementedError


def is_convex_quadratic(A: Float[Tensor, "d d"]) -> bool:
    """Whether x'Ax/2 is convex.

    Args:
        A: any square matrix, (d, d), not necessarily symmetric.

    Returns:
        True or False.
    """
    raise NotImplementedError


def project_onto_ball(x: Float[Tensor, " d"], center: Float[Tensor, " d"], radius: float) -> Float[Tensor, " d"]:
    """The point of a ball that is nearest to x.

    Args:
        x: (d,).
        center: of the ball, (d,).
        radius: of the ball, positive.

    Returns:
        The projection, (d,).
    """
    raise NotImplementedError


def projected_gradient_descent(
    grad: Callable[[Tensor], Tensor],
    project: Callable[[Tensor], Tensor],
    x0: Float[Tensor, " d"],
    lr: float,
    num_steps: int,
) -> Float[Tensor, "num_steps+1 d"]:
    """Take `num_steps` steps of gradient descent from `x0`, each put back into a convex set.

    Args:
        grad: the gradient of the objective, (d,) -> (d,).
        project: the nearest point of the set, (d,) -> (d,).
        x0: where to start, (d,), in the set; it is left alone.
        lr: the learning rate η.
        num_steps: how many steps to take, 0 or more.

    Returns:
        The trajectory, (num_steps + 1, d): row t is x after t steps.
    """
    raise NotImplementedError
