# mistake: `x = x0` is no copy, and the in-place update then walks the caller's x0 away (the rows themselves are cloned, the trajectory is right).
# diagnosis: start-overwritten
from collections.abc import Callable
from itertools import count

import torch
from torch import Tensor


def gradient_descent(grad: Callable[[Tensor], Tensor], x0: Tensor, lr: float, num_steps: int) -> Tensor:
    x = x0
    rows: list[Tensor] = [x.clone()]
    while len(rows) <= num_steps:
        x.sub_(grad(x), alpha=lr)
        rows.append(x.clone())
    return torch.vstack(rows)


def backtracking_line_search(
    f: Callable[[Tensor], Tensor],
    x: Tensor,
    grad_x: Tensor,
    direction: Tensor,
    alpha: float = 1.0,
    rho: float = 0.5,
    c: float = 1e-4,
) -> float:
    start, slope = float(f(x)), float(grad_x @ direction)
    for k in count():
        step = alpha * rho**k
        value = f(x + step * direction)
        if value.isfinite() and float(value) <= start + c * step * slope:
            return step
