"""Iterators: RandomSampler draws the orders, chain strings the epochs together, accumulate takes the steps; rates in log space."""

import math
from itertools import accumulate, chain
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor
from torch.utils.data import RandomSampler


def exponential_lr(t: int, lr0: float, decay: float) -> float:
    return lr0 * math.e ** (-decay * t)


def polynomial_lr(t: int, lr0: float, alpha: float = 0.5, beta: float = 0.1) -> float:
    return lr0 * math.exp(-alpha * math.log1p(beta * t))


def sgd(
    grad_i: Callable[[Tensor, int], Tensor],
    x0: Float[Tensor, " d"],
    n: int,
    schedule: Callable[[int], float],
    num_epochs: int,
    generator: torch.Generator,
) -> Float[Tensor, "num_epochs*n+1 d"]:
    sampler = RandomSampler(range(n), generator=generator)
    turns = enumerate(chain.from_iterable(sampler for _ in range(num_epochs)))

    def update(x: Tensor, turn: tuple[int, int]) -> Tensor:
        t, i = turn
        return torch.sub(x, grad_i(x, i), alpha=schedule(t))

    return torch.stack(tuple(accumulate(turns, update, initial=x0)), dim=0)
