"""Right: LU factorization for Newton, a sum over eigenvectors in a loop for the damped one, preallocated rows."""
import torch


def _empty(x0, num_steps):
    rows = torch.empty((num_steps + 1, len(x0)), dtype=x0.dtype, device=x0.device)
    rows[0].copy_(x0)
    return rows


def newton(grad, hess, x0, num_steps, lr=1.0):
    rows = _empty(x0, num_steps)
    for t in range(1, num_steps + 1):
        x = rows[t - 1].clone()
        lu, pivots = torch.linalg.lu_factor(hess(x))
        s = torch.linalg.lu_solve(lu, pivots, grad(x).reshape(-1, 1)).reshape(-1)
        rows[t] = torch.sub(x, s, alpha=lr)
    return rows


def damped_newton(grad, hess, x0, num_steps, lr=1.0):
    rows = _empty(x0, num_steps)
    for t in range(1, num_steps + 1):
        x = rows[t - 1].clone()
        g = grad(x)
        values, vectors = torch.linalg.eigh(hess(x))
        s = torch.zeros_like(x)
        for value, v in zip(values.tolist(), vectors.unbind(dim=1)):
            s += torch.dot(v, g) / max(abs(value), 1e-6) * v
        rows[t] = x - lr * s
    return rows


def jacobi_preconditioned(grad, hess_diag, x0, lr, num_steps):
    rows = _empty(x0, num_steps)
    for t in range(1, num_steps + 1):
        x = rows[t - 1].clone()
        rows[t] = torch.addcdiv(x, grad(x), hess_diag(x), value=-lr)
    return rows
