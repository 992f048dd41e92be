# mistake: the gradient is turned into the eigenbasis with V instead of V' (V @ ((V @ g) / |lambda|)), which is right only where V is symmetric, as for diagonal Hessians.
# diagnosis: eigenvectors-as-rows
import torch


def newton(grad, hess, x0, num_steps, lr=1.0):
    x, rows = x0, [x0.clone()]
    for _ in range(num_steps):
        LU, pivots = torch.linalg.lu_factor(hess(x))
        x = x - lr * torch.linalg.lu_solve(LU, pivots, grad(x)[:, None])[:, 0]
        rows.append(x)
    return torch.stack(rows, dim=0)


def damped_newton(grad, hess, x0, num_steps, lr=1.0):
    x, rows = x0, [x0.clone()]
    for _ in range(num_steps):
        eigenvalues, V = torch.linalg.eigh(hess(x))
        coefficients = torch.einsum("ij,j->i", V, grad(x)) / eigenvalues.abs().clamp_min(1e-6)
        x = x - lr * torch.einsum("ij,j->i", V, coefficients)
        rows.append(x)
    return torch.stack(rows, dim=0)


def jacobi_preconditioned(grad, hess_diag, x0, lr, num_steps):
    x, rows = x0, [x0.clone()]
    for _ in range(num_steps):
        x = x - lr * (grad(x) / hess_diag(x))
        rows.append(x)
    return torch.stack(rows, dim=0)
