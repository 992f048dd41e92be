"""Written from the stub alone."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def gradient_descent(
    grad: Callable[[Tensor], Tensor], x0: Float[Tensor, " d"], lr: float, num_steps: int
) -> Float[Tensor, "num_steps+1 d"]:
    x = x0.clone()
    rows = [x]
    for t in range(1, num_steps + 1):
        x = x - lr * grad(x)
        if not torch.isfinite(x).all():
            raise OverflowError(f"x is no longer finite after step {t}")
        rows.append(x)
    return torch.stack(rows)


def backtracking_line_search(
    f: Callable[[Tensor], Tensor],
    x: Float[Tensor, " d"],
    grad_x: Float[Tensor, " d"],
    direction: Float[Tensor, " d"],
    alpha: float = 1.0,
    rho: float = 0.5,
    c: float = 1e-4,
) -> float:
    f_x = f(x).item()
    slope = torch.dot(grad_x, direction).item()
    while True:
        f_new = f(x + alpha * direction).item()
        if math.isfinite(f_new) and f_new <= f_x + c * alpha * slope:
            return alpha
        alpha *= rho
