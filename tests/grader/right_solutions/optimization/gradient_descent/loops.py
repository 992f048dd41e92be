"""Plain numbers in lists; tensors only where the callbacks want them."""

import math

import torch


def gradient_descent(grad, x0, lr, num_steps):
    x = x0.tolist()
    rows = [list(x)]
    for t in range(num_steps):
        g = grad(torch.tensor(x, dtype=x0.dtype)).tolist()
        for i in range(len(x)):
            x[i] = x[i] - lr * g[i]
            if not math.isfinite(x[i]):
                raise OverflowError("step %d: not finite" % (t + 1))
        rows.append(list(x))
    return torch.tensor(rows, dtype=x0.dtype)


def backtracking_line_search(f, x, grad_x, direction, alpha=1.0, rho=0.5, c=1e-4):
    new = [xi + alpha * di for xi, di in zip(x.tolist(), direction.tolist())]
    slope = (grad_x * direction).sum().item()
    change = f(torch.tensor(new, dtype=x.dtype)).item() - f(x).item()
    if math.isfinite(change) and change <= c * alpha * slope:
        return alpha
    return backtracking_line_search(f, x, grad_x, direction, alpha * rho, rho, c)
