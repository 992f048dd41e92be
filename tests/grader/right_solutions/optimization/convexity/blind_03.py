"""Vector tricks: gap as an inner product with (w, -1); convex iff the sum of the |curvatures| is their sum; lerp to the ball; accumulate."""

from itertools import accumulate, repeat
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def jensen_gap(f: Callable[[Tensor], Tensor], points: Float[Tensor, "n d"], weights: Float[Tensor, " n"]) -> float:
    if weights.lt(0).any().item():
        raise ValueError("negative weights")
    if not -1e-6 <= weights.sum(dtype=torch.float64).item() - 1 <= 1e-6:
        raise ValueError("weights do not sum to 1")
    everything = torch.vstack([points, weights @ points])
    signed = torch.cat([weights, -torch.ones_like(weights[:1])])
    values = torch.hstack([f(row).reshape(1) for row in everything])
    return float(torch.dot(signed, values))


def is_convex_quadratic(A: Float[Tensor, "d d"]) -> bool:
    symmetric = (A.to(torch.float64) + A.to(torch.float64).T) / 2
    of_absolutes = torch.linalg.matrix_norm(symmetric, "nuc").item()
    greatest = torch.linalg.matrix_norm(symmetric, 2).item()
    # their difference is twice the sum of the negative curvatures' sizes
    return of_absolutes - torch.trace(symmetric).item() <= 1e-4 * greatest


def project_onto_ball(x: Float[Tensor, " d"], center: Float[Tensor, " d"], radius: float) -> Float[Tensor, " d"]:
    part = (radius / torch.linalg.norm(x - center)).clamp(max=1)
    return torch.lerp(center, x, part)


def projected_gradient_descent(
    grad: Callable[[Tensor], Tensor],
    project: Callable[[Tensor], Tensor],
    x0: Float[Tensor, " d"],
    lr: float,
    num_steps: int,
) -> Float[Tensor, "num_steps+1 d"]:
    def step(x: Tensor, rate: float) -> Tensor:
        return project(x.add(grad(x), alpha=-rate))

    return torch.vstack([x.unsqueeze(0) for x in accumulate(repeat(lr, num_steps), step, initial=x0)])
