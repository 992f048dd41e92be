# mistake: n random exchanges of two positions each: not all orders are equally likely, many samples keep their place.
# diagnosis:
import math

import torch


def exponential_lr(t, lr0, decay):
    return lr0 * math.exp(-decay * t)


def polynomial_lr(t, lr0, alpha=0.5, beta=0.1):
    return lr0 * (1 + beta * t) ** -alpha


def shuffled(n, generator):
    order = list(range(n))
    for _ in range(n):
        i, j = (int(torch.randint(n, (), generator=generator)) for _ in range(2))
        order[i], order[j] = order[j], order[i]
    return order


def sgd(grad_i, x0, n, schedule, num_epochs, generator):
    rows = [x0.clone()]
    for _ in range(num_epochs):
        for i in shuffled(n, generator):
            rows.append(rows[-1] - schedule(len(rows) - 1) * grad_i(rows[-1], i))
    return torch.stack(rows)
