# mistake: damped_newton leaves directions with |lambda| < 1e-6 out (like a pseudo-inverse) instead of dividing by 1e-6 there.
# diagnosis: flat-directions-left-out
import torch
from torch import Tensor


def _descend(direction, x0: Tensor, lr: float, num_steps: int) -> Tensor:
    xs = [x0]
    for _ in range(num_steps):
        xs.append(xs[-1] - lr * direction(xs[-1]))
    return torch.stack(xs)


def newton(grad, hess, x0, num_steps, lr=1.0):
    return _descend(lambda x: torch.linalg.solve(hess(x), grad(x)), x0, lr, num_steps)


def damped_newton(grad, hess, x0, num_steps, lr=1.0):
    def direction(x):
        lam, V = torch.linalg.eigh(hess(x))
        lam = lam.abs()
        inverse = torch.where(lam < 1e-6, torch.zeros_like(lam), 1 / lam)
        return V @ (inverse * (V.T @ grad(x)))

    return _descend(direction, x0, lr, num_steps)


def jacobi_preconditioned(grad, hess_diag, x0, lr, num_steps):
    return _descend(lambda x: grad(x) / hess_diag(x), x0, lr, num_steps)
