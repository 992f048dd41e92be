"""Gradient descent: the reference."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def gradient_descent(
    grad: Callable[[Tensor], Tensor], x0: Float[Tensor, " d"], lr: float, num_steps: int
) -> Float[Tensor, "num_steps+1 d"]:
    x = x0  # (d,)
    trajectory = [x]
    for step in range(1, num_steps + 1):
        x = x - lr * grad(x)  # (d,), a new tensor: x0 and the rows so far stay
        if not torch.isfinite(x).all():
            raise OverflowError(f"x is no longer finite after step {step}: the learning rate {lr} is too large")
        trajectory.append(x)
    return torch.stack(trajectory)  # (num_steps + 1, d)


def backtracking_line_search(
    f: Callable[[Tensor], Tensor],
    x: Float[Tensor, " d"],
    grad_x: Float[Tensor, " d"],
    direction: Float[Tensor, " d"],
    alpha: float = 1.0,
    rho: float = 0.5,
    c: float = 1e-4,
) -> float:
    slope = grad_x @ direction  # (), how fast f falls along the direction: negative
    start = f(x)  # ()
    while not -torch.inf < f(x + alpha * direction) <= start + c * alpha * slope:  # NaN and −∞ do not lie in there
        alpha *= rho
    return alpha
