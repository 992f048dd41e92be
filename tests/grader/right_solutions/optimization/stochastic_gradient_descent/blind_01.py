"""Right: orders by argsort of random numbers, the whole visit list made first, rows written into a buffer."""
import math

import torch


def exponential_lr(t, lr0, decay):
    return math.exp(-decay * t) * lr0


def polynomial_lr(t, lr0, alpha=0.5, beta=0.1):
    return lr0 * math.exp(-alpha * math.log1p(beta * t))


def sgd(grad_i, x0, n, schedule, num_epochs, generator):
    keys = torch.rand(num_epochs, n, generator=generator, dtype=torch.float64)
    visits = keys.argsort(dim=1).flatten()
    trajectory = torch.zeros(num_epochs * n + 1, x0.numel(), dtype=x0.dtype)
    trajectory[0] = x0
    x = x0.clone()
    for t, i in enumerate(visits):
        x = x - schedule(t) * grad_i(x, i)
        trajectory[t + 1] = x
    return trajectory
