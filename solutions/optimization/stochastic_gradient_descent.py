"""Stochastic gradient descent: the reference."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def exponential_lr(t: int, lr0: float, decay: float) -> float:
    return lr0 * math.exp(-decay * t)


def polynomial_lr(t: int, lr0: float, alpha: float = 0.5, beta: float = 0.1) -> float:
    return lr0 * (1 + beta * t) ** -alpha


def sgd(
    grad_i: Callable[[Tensor, int], Tensor],
    x0: Float[Tensor, " d"],
    n: int,
    schedule: Callable[[int], float],
    num_epochs: int,
    generator: torch.Generator,
) -> Float[Tensor, "num_epochs*n+1 d"]:
    x, t = x0, 0  # x: (d,)
    trajectory = [x]
    for _ in range(num_epochs):
        for i in torch.randperm(n, generator=generator):  # (n,), every sample once
            x = x - schedule(t) * grad_i(x, i)  # (d,), a new tensor
            t += 1
            trajectory.append(x)
    return torch.stack(trajectory)  # (num_epochs * n + 1, d)
