"""Newton's method: the reference."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def _walk(step: Callable[[Tensor], Tensor], x0: Float[Tensor, " d"], num_steps: int) -> Float[Tensor, "num_steps+1 d"]:
    x = x0  # (d,)
    trajectory = [x]
    for _ in range(num_steps):
        x = x - step(x)  # (d,), a new tensor: x0 and the rows so far stay
        trajectory.append(x)
    return torch.stack(trajectory)  # (num_steps + 1, d)


def newton(
    grad: Callable[[Tensor], Tensor],
    hess: Callable[[Tensor], Tensor],
    x0: Float[Tensor, " d"],
    num_steps: int,
    lr: float = 1.0,
) -> Float[Tensor, "num_steps+1 d"]:
    return _walk(lambda x: lr * torch.linalg.solve(hess(x), grad(x)), x0, num_steps)  # steps are (d,)


def _downhill(H: Float[Tensor, "d d"], g: Float[Tensor, " d"]) -> Float[Tensor, " d"]:
    curvatures, directions = torch.linalg.eigh(H)  # (d,) and (d, d), whose columns are the eigenvectors
    slopes = directions.T @ g  # (d,), the gradient along each of them
    return directions @ (slopes / curvatures.abs().clamp(min=1e-6))  # (d,)


def damped_newton(
    grad: Callable[[Tensor], Tensor],
    hess: Callable[[Tensor], Tensor],
    x0: Float[Tensor, " d"],
    num_steps: int,
    lr: float = 1.0,
) -> Float[Tensor, "num_steps+1 d"]:
    return _walk(lambda x: lr * _downhill(hess(x), grad(x)), x0, num_steps)  # steps are (d,)


def jacobi_preconditioned(
    grad: Callable[[Tensor], Tensor],
    hess_diag: Callable[[Tensor], Tensor],
    x0: Float[Tensor, " d"],
    lr: float,
    num_steps: int,
) -> Float[Tensor, "num_steps+1 d"]:
    return _walk(lambda x: lr * grad(x) / hess_diag(x), x0, num_steps)  # steps are (d,)
