# mistake: the mixed second derivatives are forward differences (points on one side only), which is right on quadratics but not on cubics.
# diagnosis: one-sided-mixed-derivatives
import torch
from torch import Tensor


def numerical_gradient(f, x: Tensor, h: float = 1e-5) -> Tensor:
    steps = h * torch.eye(len(x), dtype=x.dtype)
    return torch.stack([(f(x + step) - f(x - step)) / (2 * h) for step in steps])


def numerical_hessian(f, x: Tensor, h: float = 1e-4) -> Tensor:
    d = len(x)
    E = h * torch.eye(d, dtype=x.dtype)
    f0 = f(x)
    H = x.new_empty(d, d)
    for i in range(d):
        H[i, i] = (f(x + E[i]) - 2 * f0 + f(x - E[i])) / h**2
        for j in range(i):
            mixed = (f(x + E[i] + E[j]) - f(x + E[i]) - f(x + E[j]) + f0) / h**2
            H[i, j] = H[j, i] = mixed
    return H


def classify_critical_point(hessian: Tensor, tol: float = 1e-6) -> str:
    lam = torch.linalg.eigvalsh(hessian)
    low, high = lam.min().item(), lam.max().item()
    if low > tol:
        return "minimum"
    if high < -tol:
        return "maximum"
    if low < -tol and high > tol:
        return "saddle"
    return "inconclusive"
