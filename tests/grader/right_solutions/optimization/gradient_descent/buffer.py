"""A buffer that is filled row by row; the line search counts its tries."""

import math

import torch


def gradient_descent(grad, x0, lr, num_steps):
    trajectory = torch.empty(num_steps + 1, *x0.shape, dtype=x0.dtype)
    trajectory[0] = x0
    for t in range(num_steps):
        step = torch.mul(grad(trajectory[t]), lr)
        torch.sub(trajectory[t], step, out=trajectory[t + 1])
        if trajectory[t + 1].isnan().any() or trajectory[t + 1].isinf().any():
            raise OverflowError(f"diverged at step {t}")
    return trajectory


def backtracking_line_search(f, x, grad_x, direction, alpha=1.0, rho=0.5, c=1e-4):
    k = 0
    f_x = f(x).item()
    slope = sum(g * d for g, d in zip(grad_x.tolist(), direction.tolist()))
    while True:
        step = alpha * rho**k
        value = float(f(torch.add(x, direction, alpha=step)))
        decrease = f_x - value
        if math.isfinite(value) and decrease >= -c * step * slope:
            return step
        k += 1
