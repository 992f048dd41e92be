"""The book's formulas and train_2d loop (d2l 0.17.6, 11.4), where t is no longer a global; samples by their index."""

import math

import torch


def exponential_lr(t, lr0, decay):
    return lr0 * math.exp(-decay * t)


def polynomial_lr(t, lr0, alpha=0.5, beta=0.1):
    return lr0 * (1 + beta * t) ** (-alpha)


def sgd(grad_i, x0, n, schedule, num_epochs, generator):
    x = x0
    results = [x]
    t = 0
    for epoch in range(num_epochs):
        indices = list(range(n))
        for k in torch.randperm(n, generator=generator).tolist():
            g = grad_i(x, indices[k])
            eta_t = schedule(t)
            x = x - eta_t * g
            results.append(x)
            t += 1
    return torch.stack(results)
