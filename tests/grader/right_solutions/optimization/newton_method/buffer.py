"""A buffer that is filled row by row; least squares, and a sum over eigenvectors one by one."""

import torch


def run(direction, x0, num_steps, lr):
    trajectory = torch.empty(num_steps + 1, len(x0), dtype=x0.dtype)
    trajectory[0] = x0
    for t in range(num_steps):
        torch.add(trajectory[t], direction(trajectory[t]), alpha=-lr, out=trajectory[t + 1])
    return trajectory


def newton(grad, hess, x0, num_steps, lr=1.0):
    def direction(x):
        return torch.linalg.lstsq(hess(x), grad(x).unsqueeze(1)).solution.squeeze(1)

    return run(direction, x0, num_steps, lr)


def damped_newton(grad, hess, x0, num_steps, lr=1.0):
    def direction(x):
        g, (values, vectors) = grad(x), torch.linalg.eigh(hess(x))
        total = torch.zeros_like(x)
        for value, v in zip(values.tolist(), vectors.T):
            total += (v @ g) / max(abs(value), 1e-6) * v
        return total

    return run(direction, x0, num_steps, lr)


def jacobi_preconditioned(grad, hess_diag, x0, lr, num_steps):
    return run(lambda x: hess_diag(x).reciprocal() * grad(x), x0, num_steps, lr)
