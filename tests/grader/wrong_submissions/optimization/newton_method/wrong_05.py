# mistake: newton, too, keeps curvatures away from 0 (sign kept, at least 1e-6 in size), which only damped_newton is to do.
# diagnosis: floored-newton
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def newton(
    grad: Callable[[Tensor], Tensor],
    hess: Callable[[Tensor], Tensor],
    x0: Float[Tensor, " d"],
    num_steps: int,
    lr: float = 1.0,
) -> Float[Tensor, "num_steps+1 d"]:

    rows = [x0]
    for _ in range(num_steps):
        x = rows[-1]
        eigenvalues, vectors = torch.linalg.eigh(hess(x))
        safe = torch.where(eigenvalues < 0, -1.0, 1.0) * eigenvalues.abs().clamp(min=1e-6)
        rows.append(x - lr * vectors @ ((vectors.T @ grad(x)) / safe))
    return torch.stack(rows)


def damped_newton(
    grad: Callable[[Tensor], Tensor],
    hess: Callable[[Tensor], Tensor],
    x0: Float[Tensor, " d"],
    num_steps: int,
    lr: float = 1.0,
) -> Float[Tensor, "num_steps+1 d"]:

    rows = [x0]
    for _ in range(num_steps):
        x = rows[-1]
        eigenvalues, vectors = torch.linalg.eigh(hess(x))
        rows.append(x - lr * vectors @ ((vectors.T @ grad(x)) / eigenvalues.abs().clamp(min=1e-6)))
    return torch.stack(rows)


def jacobi_preconditioned(
    grad: Callable[[Tensor], Tensor],
    hess_diag: Callable[[Tensor], Tensor],
    x0: Float[Tensor, " d"],
    lr: float,
    num_steps: int,
) -> Float[Tensor, "num_steps+1 d"]:

    rows = [x0]
    for _ in range(num_steps):
        x = rows[-1]
        rows.append(x - lr * grad(x) / hess_diag(x))
    return torch.stack(rows)
