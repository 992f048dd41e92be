"""LU for newton, einsum for the rest, recursion for the trajectory."""

import torch


def descend(step, x, n):
    return x.unsqueeze(0) if n == 0 else torch.cat([x.unsqueeze(0), descend(step, step(x), n - 1)])


def newton(grad, hess, x0, num_steps, lr=1.0):
    def step(x):
        factors, pivots = torch.linalg.lu_factor(hess(x))
        return x - torch.linalg.lu_solve(factors, pivots, grad(x)[:, None])[:, 0] * lr

    return descend(step, x0, num_steps)


def damped_newton(grad, hess, x0, num_steps, lr=1.0):
    def step(x):
        w, V = torch.linalg.eigh(hess(x))
        w = torch.where(w.abs() < 1e-6, torch.full_like(w, 1e-6), w.abs())
        return x - lr * torch.einsum("ik,k,jk,j->i", V, 1 / w, V, grad(x))

    return descend(step, x0, num_steps)


def jacobi_preconditioned(grad, hess_diag, x0, lr, num_steps):
    return descend(lambda x: x - grad(x).div(hess_diag(x)).mul(lr), x0, num_steps)
