# mistake: the promised decrease is taken to be -||grad_x||^2 (as in the textbook for steepest descent) instead of grad_x . direction, wrong for every other direction.
# diagnosis: slope-of-steepest-descent
from functools import reduce

import torch
from torch.linalg import vector_norm


def gradient_descent(grad, x0, lr, num_steps):
    """Functional style: fold the step over range(num_steps)."""
    path = reduce(lambda xs, _: [*xs, xs[-1] - lr * grad(xs[-1])], range(num_steps), [x0.clone()])
    return torch.stack(path, dim=0)


def backtracking_line_search(f, x, grad_x, direction, alpha=1.0, rho=0.5, c=1e-4):
    """Algorithm: while f(x + a p) > f(x) - c a |grad f|^2: a <- rho a."""
    f_x = f(x)
    g2 = vector_norm(grad_x) ** 2
    step = alpha
    f_y = f(x + step * direction)
    while not (torch.isfinite(f_y) and f_y <= f_x - c * step * g2):
        step = rho * step
        f_y = f(x + step * direction)
    return float(step)
