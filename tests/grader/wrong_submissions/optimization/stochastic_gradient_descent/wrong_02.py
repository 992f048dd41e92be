# mistake: one permutation of num_epochs * n numbers modulo n is drawn, so samples come num_epochs times in all, but not once per epoch.
# diagnosis: one-shuffle-for-all-epochs
import math

import torch


def exponential_lr(t: int, lr0: float, decay: float) -> float:
    return lr0 / math.exp(decay * t)


def polynomial_lr(t: int, lr0: float, alpha: float = 0.5, beta: float = 0.1) -> float:
    return lr0 / (1.0 + beta * t) ** alpha


def sgd(grad_i, x0, n, schedule, num_epochs, generator):
    order = torch.randperm(num_epochs * n, generator=generator) % n
    rows = x0.new_empty(num_epochs * n + 1, *x0.shape)
    rows[0] = x0
    for t, i in enumerate(order.tolist()):
        x = rows[t].clone()
        rows[t + 1] = x - schedule(t) * grad_i(x, i)
    return rows
