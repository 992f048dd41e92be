# mistake: The step of the gradient is h · max(1, |x_i|), as in textbooks on rounding, instead of h.
# diagnosis: step-relative-to-x
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def numerical_gradient(f: Callable[[Tensor], Tensor], x: Float[Tensor, " d"], h: float = 1e-5) -> Float[Tensor, " d"]:

    result = torch.empty_like(x)
    for i in range(x.shape[0]):
        step = torch.zeros_like(x)
        step[i] = h * max(1.0, abs(float(x[i])))
        result[i] = (f(x + step) - f(x - step)) / (2 * step[i])
    return result


def numerical_hessian(f: Callable[[Tensor], Tensor], x: Float[Tensor, " d"], h: float = 1e-4) -> Float[Tensor, "d d"]:

    d = len(x)
    e = h * torch.eye(d, dtype=x.dtype, device=x.device)
    middle = f(x)
    result = torch.empty(d, d, dtype=x.dtype, device=x.device)
    for i in range(d):
        result[i, i] = (f(x + e[i]) - 2 * middle + f(x - e[i])) / h**2
        for j in range(i):
            mixed = f(x + e[i] + e[j]) - f(x + e[i] - e[j]) - f(x - e[i] + e[j]) + f(x - e[i] - e[j])
            result[i, j] = result[j, i] = mixed / (4 * h**2)
    return result


def classify_critical_point(hessian: Float[Tensor, "d d"], tol: float = 1e-6) -> str:

    curvatures = torch.linalg.eigvalsh(hessian)
    up, down = curvatures > tol, curvatures < -tol
    if up.all():
        return "minimum"
    if down.all():
        return "maximum"
    if up.any() and down.any():
        return "saddle"
    return "inconclusive"
