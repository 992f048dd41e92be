"""In numpy, with a step returned as a scalar tensor."""

import numpy as np
import torch


def gradient_descent(grad, x0, lr, num_steps):
    x = x0.numpy().copy()
    history = [x.copy()]
    for _ in range(num_steps):
        g = grad(torch.from_numpy(x.copy())).numpy()
        x -= lr * g
        history.append(x.copy())
    return torch.from_numpy(np.stack(history))


def backtracking_line_search(f, x, grad_x, direction, alpha=1.0, rho=0.5, c=1e-4):
    step = torch.tensor(alpha, dtype=x.dtype)
    base, slope = f(x), torch.inner(grad_x, direction)
    candidate = f(x + step * direction)
    while not np.isfinite(candidate.item()) or candidate > base + c * step * slope:
        step = step * rho
        candidate = f(x + step * direction)
    return step
