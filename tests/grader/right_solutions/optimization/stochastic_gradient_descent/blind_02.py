"""Right: a Fisher-Yates shuffle with torch.randint, an infinite counter, x changed in place with copies written down."""
import itertools
import math

import torch


def exponential_lr(t, lr0, decay):
    return lr0 * math.exp(-decay * t)


def polynomial_lr(t, lr0, alpha=0.5, beta=0.1):
    return lr0 / (1 + beta * t) ** alpha


def shuffled(n, generator):
    order = list(range(n))
    for last in range(n - 1, 0, -1):
        k = int(torch.randint(0, last + 1, (), generator=generator))
        order[last], order[k] = order[k], order[last]
    return order


def sgd(grad_i, x0, n, schedule, num_epochs, generator):
    x = x0.clone()
    counter = itertools.count()
    rows = [x0.clone()]
    for _ in range(num_epochs):
        for i in shuffled(n, generator):
            step = grad_i(x, i) * schedule(next(counter))
            x.sub_(step)
            rows.append(x.clone())
    return torch.stack(rows)
