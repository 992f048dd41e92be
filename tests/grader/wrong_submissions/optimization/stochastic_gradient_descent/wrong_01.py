# mistake: t is computed as epoch * n + i with i the sample's number, not its place in the random order.
# diagnosis: t-of-the-sample
import math

import torch


def exponential_lr(t, lr0, decay):
    return lr0 * math.exp(-decay * t)


def polynomial_lr(t, lr0, alpha=0.5, beta=0.1):
    return lr0 * (1 + beta * t) ** (-alpha)


def sgd(grad_i, x0, n, schedule, num_epochs, generator):
    x = x0.clone()
    trajectory = [x]
    for epoch in range(num_epochs):
        for i in torch.randperm(n, generator=generator).tolist():
            t = epoch * n + i
            x = x - schedule(t) * grad_i(x, i)
            trajectory.append(x)
    return torch.stack(trajectory)
