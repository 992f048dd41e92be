# mistake: the learning rate is taken once per epoch, at the epoch's first update, and not anew for every update.
# diagnosis: rate-once-per-epoch
from math import exp

import torch


def exponential_lr(t, lr0, decay):
    return exp(-decay * t) * lr0


def polynomial_lr(t, lr0, alpha=0.5, beta=0.1):
    return lr0 * pow(1 + beta * t, -alpha)


def sgd(grad_i, x0, n, schedule, num_epochs, generator):
    xs = [x0]
    for epoch in range(num_epochs):
        order = torch.randperm(n, generator=generator)
        lr = schedule(len(xs) - 1)
        for i in order:
            xs.append(xs[-1] - lr * grad_i(xs[-1], int(i)))
    return torch.stack(xs)
