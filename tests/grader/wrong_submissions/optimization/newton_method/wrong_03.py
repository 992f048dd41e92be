# mistake: jacobi_preconditioned starts with x = x0 and subtracts in place, so x0 moves along.
# diagnosis: start-overwritten
import torch


def newton(grad, hess, x0, num_steps, lr=1.0):
    out = x0.new_zeros(num_steps + 1, x0.numel())
    out[0] = x0
    for t in range(num_steps):
        x = out[t].clone()
        g, H = grad(x), hess(x)
        s = torch.linalg.solve(H, g.unsqueeze(-1)).squeeze(-1)
        out[t + 1] = x - lr * s
    return out


def damped_newton(grad, hess, x0, num_steps, lr=1.0):
    out = x0.new_zeros(num_steps + 1, x0.numel())
    out[0] = x0
    for t in range(num_steps):
        x = out[t].clone()
        L, V = torch.linalg.eigh(hess(x))
        L = torch.maximum(L.abs(), torch.full_like(L, 1e-6))
        out[t + 1] = x - lr * (V @ (V.mT @ grad(x) / L))
    return out


def jacobi_preconditioned(grad, hess_diag, x0, lr, num_steps):
    out = x0.new_zeros(num_steps + 1, x0.numel())
    x = x0
    out[0] = x
    for t in range(num_steps):
        x -= lr * grad(x) / hess_diag(x)
        out[t + 1] = x
    return out
