# mistake: the bound f(x) + c*alpha*slope is computed once before the loop, with the first alpha, and is not loosened while alpha shrinks.
# diagnosis: bound-of-the-first-step
import math
from typing import Callable

import torch
from torch import Tensor


def gradient_descent(grad: Callable[[Tensor], Tensor], x0: Tensor, lr: float, num_steps: int) -> Tensor:
    def walk():
        x = x0.detach().clone()
        yield x
        for _ in range(num_steps):
            x = torch.sub(x, grad(x), alpha=lr)
            yield x

    return torch.stack(list(walk()))


def backtracking_line_search(f, x, grad_x, direction, alpha=1.0, rho=0.5, c=1e-4) -> float:
    target = f(x).item() + c * alpha * torch.inner(grad_x, direction).item()
    for _ in range(2000):
        candidate = f(torch.add(x, direction, alpha=alpha)).item()
        if math.isfinite(candidate) and candidate <= target:
            break
        alpha *= rho
    return alpha
