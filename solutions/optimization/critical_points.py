"""Critical points: the reference."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def numerical_gradient(f: Callable[[Tensor], Tensor], x: Float[Tensor, " d"], h: float = 1e-5) -> Float[Tensor, " d"]:
    steps = torch.diag(torch.full_like(x, h))  # (d, d), row i goes h along axis i
    return torch.stack([(f(x + step) - f(x - step)) / (2 * h) for step in steps])  # (d,)


def numerical_hessian(f: Callable[[Tensor], Tensor], x: Float[Tensor, " d"], h: float = 1e-4) -> Float[Tensor, "d d"]:
    steps = torch.diag(torch.full_like(x, h))  # (d, d)
    changes = [numerical_gradient(f, x + step, h) - numerical_gradient(f, x - step, h) for step in steps]
    return torch.stack(changes) / (2 * h)  # (d, d), row i: how the gradient changes along axis i


def classify_critical_point(hessian: Float[Tensor, "d d"], tol: float = 1e-6) -> str:
    curvatures = torch.linalg.eigvalsh(hessian)  # (d,), ascending
    least, greatest = curvatures[0], curvatures[-1]
    if least < -tol and greatest > tol:
        return "saddle"
    if least > tol:
        return "minimum"
    if greatest < -tol:
        return "maximum"
    return "inconclusive"
