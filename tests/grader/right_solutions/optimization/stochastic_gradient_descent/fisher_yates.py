"""Python's shuffle, written out, with one random number of the generator at a time; x is updated in place on a copy."""

import math

import torch


def exponential_lr(t, lr0, decay):
    return lr0 / math.e ** (decay * t)


def polynomial_lr(t, lr0, alpha=0.5, beta=0.1):
    return lr0 * math.exp(-alpha * math.log1p(beta * t))


def shuffled(n, generator):
    order = list(range(n))
    for last in range(n - 1, 0, -1):
        k = int(torch.randint(last + 1, (1,), generator=generator))
        order[last], order[k] = order[k], order[last]
    return order


def sgd(grad_i, x0, n, schedule, num_epochs, generator):
    x = x0.clone()
    rows = [x.clone()]
    for epoch in range(num_epochs):
        for position, i in enumerate(shuffled(n, generator)):
            x.sub_(grad_i(x, i), alpha=schedule(epoch * n + position))
            rows.append(x.clone())
    return torch.cat([row.unsqueeze(0) for row in rows])
