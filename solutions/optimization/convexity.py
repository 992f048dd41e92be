"""Convexity: the reference."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def jensen_gap(f: Callable[[Tensor], Tensor], points: Float[Tensor, "n d"], weights: Float[Tensor, " n"]) -> float:
    if (weights < 0).any() or abs(weights.sum() - 1) > 1e-6:
        raise ValueError(f"weights must be a distribution: none negative, with sum 1; got {weights.tolist()}")
    values = torch.stack([f(x) for x in points])  # (n,)
    return float(weights @ values - f(weights @ points))


def is_convex_quadratic(A: Float[Tensor, "d d"]) -> bool:
    curvatures = torch.linalg.eigvalsh(A + A.T)  # (d,), ascending: twice those of x'Ax/2
    return bool(curvatures[0] >= -1e-6 * curvatures[-1])  # flat up to rounding will do


def project_onto_ball(x: Float[Tensor, " d"], center: Float[Tensor, " d"], radius: float) -> Float[Tensor, " d"]:
    distance = (x - center).norm()  # ()
    if distance <= radius:
        return x
    return center + radius / distance * (x - center)  # (d,)


def projected_gradient_descent(
    grad: Callable[[Tensor], Tensor],
    project: Callable[[Tensor], Tensor],
    x0: Float[Tensor, " d"],
    lr: float,
    num_steps: int,
) -> Float[Tensor, "num_steps+1 d"]:
    x = x0  # (d,)
    trajectory = [x]
    for _ in range(num_steps):
        x = project(x - lr * grad(x))  # (d,)
        trajectory.append(x)
    return torch.stack(trajectory)  # (num_steps + 1, d)
