"""The book's newton (d2l 0.17.6, 11.3.3) in d dimensions, with the functions and the start as arguments."""

import torch


def newton(grad, hess, x0, num_steps, lr=1.0):
    x = x0.clone()
    results = [x.clone()]
    for i in range(num_steps):
        x -= lr * torch.linalg.solve(hess(x), grad(x))
        results.append(x.clone())
    return torch.stack(results)


def damped_newton(grad, hess, x0, num_steps, lr=1.0):
    x = x0.clone()
    results = [x.clone()]
    for i in range(num_steps):
        L, Q = torch.linalg.eigh(hess(x))
        abs_hess = Q @ torch.diag(torch.clamp(torch.abs(L), min=1e-6)) @ Q.T
        x -= lr * torch.linalg.solve(abs_hess, grad(x))
        results.append(x.clone())
    return torch.stack(results)


def jacobi_preconditioned(grad, hess_diag, x0, lr, num_steps):
    x = x0.clone()
    results = [x.clone()]
    for i in range(num_steps):
        x -= lr * grad(x) / hess_diag(x)
        results.append(x.clone())
    return torch.stack(results)
