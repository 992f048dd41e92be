# mistake: damped_newton ignores lr and always goes the whole way.
# diagnosis: always-the-whole-way
import torch


def newton(grad, hess, x0, num_steps, lr=1.0):
    x = x0.clone()
    trajectory = [x]
    for _ in range(num_steps):
        x = x - lr * torch.linalg.solve(hess(x), grad(x))
        trajectory.append(x)
    return torch.stack(trajectory)


def damped_newton(grad, hess, x0, num_steps, lr=1.0):
    x = x0.clone()
    trajectory = [x]
    for _ in range(num_steps):
        eigenvalues, Q = torch.linalg.eigh(hess(x))
        s = Q @ ((Q.T @ grad(x)) / eigenvalues.abs().clamp(min=1e-6))
        x = x - s
        trajectory.append(x)
    return torch.stack(trajectory)


def jacobi_preconditioned(grad, hess_diag, x0, lr, num_steps):
    x = x0.clone()
    trajectory = [x]
    for _ in range(num_steps):
        x = x - lr * grad(x) / hess_diag(x)
        trajectory.append(x)
    return torch.stack(trajectory)
