"""A buffer for the trajectory, filled in place; the order is the argsort of uniform numbers; tensors as indices."""

import torch


def exponential_lr(t, lr0, decay):
    return (lr0 * torch.exp(torch.tensor(-decay * t, dtype=torch.float64))).item()


def polynomial_lr(t, lr0, alpha=0.5, beta=0.1):
    return lr0 / (1 + beta * t) ** alpha


def sgd(grad_i, x0, n, schedule, num_epochs, generator):
    trajectory = x0.new_empty(num_epochs * n + 1, len(x0))
    trajectory[0] = x0
    orders = torch.rand(num_epochs, n, generator=generator, dtype=torch.float64).argsort(dim=1).flatten()
    for t, i in enumerate(orders):
        trajectory[t + 1] = trajectory[t] - schedule(t) * grad_i(trajectory[t], i)
    return trajectory
