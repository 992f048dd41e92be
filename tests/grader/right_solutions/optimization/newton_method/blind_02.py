"""Right: one shared generator of iterates with a direction function; einsum in the eigenbasis."""
import torch


def _trajectory(x0, num_steps, lr, direction):
    def iterates():
        x = x0.clone()
        yield x
        for _ in range(num_steps):
            x = x - lr * direction(x)
            yield x

    return torch.stack(tuple(iterates()))


def newton(grad, hess, x0, num_steps, lr=1.0):
    return _trajectory(x0, num_steps, lr, lambda x: torch.linalg.solve(hess(x), grad(x)))


def damped_newton(grad, hess, x0, num_steps, lr=1.0):
    def direction(x):
        lam, Q = torch.linalg.eigh(hess(x))
        weights = torch.where(lam.abs() > 1e-6, lam.abs(), 1e-6 * torch.ones_like(lam)).reciprocal()
        return torch.einsum("ik,k,jk,j->i", Q, weights, Q, grad(x))

    return _trajectory(x0, num_steps, lr, direction)


def jacobi_preconditioned(grad, hess_diag, x0, lr, num_steps):
    return _trajectory(x0, num_steps, lr, lambda x: hess_diag(x).pow(-1) * grad(x))
