"""In numpy; the absolute value of H by its singular values."""

import numpy as np
import torch


def newton(grad, hess, x0, num_steps, lr=1.0):
    rows = [x0.numpy()]
    for _ in range(num_steps):
        here = torch.from_numpy(rows[-1])
        rows.append((rows[-1] - lr * np.linalg.solve(hess(here).numpy(), grad(here).numpy())).astype(rows[-1].dtype))
    return torch.from_numpy(np.stack(rows))


def damped_newton(grad, hess, x0, num_steps, lr=1.0):
    rows = [x0.numpy()]
    for _ in range(num_steps):
        here = torch.from_numpy(rows[-1])
        _, s, Vt = np.linalg.svd(hess(here).numpy())
        step = Vt.T @ ((Vt @ grad(here).numpy()) / np.maximum(s, 1e-6))
        rows.append((rows[-1] - lr * step).astype(rows[-1].dtype))
    return torch.from_numpy(np.stack(rows))


def jacobi_preconditioned(grad, hess_diag, x0, lr, num_steps):
    x, rows = x0.tolist(), [x0]
    for _ in range(num_steps):
        g, h = grad(rows[-1]).tolist(), hess_diag(rows[-1]).tolist()
        x = [xi - lr * gi / hi for xi, gi, hi in zip(x, g, h)]
        rows.append(torch.tensor(x, dtype=x0.dtype))
    return torch.stack(rows)
