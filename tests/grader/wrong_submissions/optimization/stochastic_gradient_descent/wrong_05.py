# mistake: A shuffle by hand with an off-by-one: j is drawn from 0 … i − 1 instead of 0 … i, so that no sample keeps its place; for n = 2 the order is always 1, 0.
# diagnosis: no-sample-keeps-its-place
import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def exponential_lr(t: int, lr0: float, decay: float) -> float:

    return lr0 * math.exp(-decay * t)


def polynomial_lr(t: int, lr0: float, alpha: float = 0.5, beta: float = 0.1) -> float:

    return lr0 * (1 + beta * t) ** (-alpha)


def sgd(
    grad_i: Callable[[Tensor, int], Tensor],
    x0: Float[Tensor, " d"],
    n: int,
    schedule: Callable[[int], float],
    num_epochs: int,
    generator: torch.Generator,
) -> Float[Tensor, "num_epochs*n+1 d"]:

    x = x0
    rows = [x0]
    t = 0
    for _ in range(num_epochs):
        order = list(range(n))
        for i in range(n - 1, 0, -1):
            j = int(torch.randint(0, i, (1,), generator=generator))
            order[i], order[j] = order[j], order[i]
        for i in order:
            x = x - schedule(t) * grad_i(x, i)
            rows.append(x)
            t += 1
    return torch.stack(rows)
