"""Written from the stub alone."""

# Recursive/accumulating style with an own buffer; the Armijo condition in negated form.
from itertools import accumulate, repeat

import torch


def gradient_descent(grad, x0, lr, num_steps):
    def move(x, eta):
        y = torch.empty_like(x).copy_(x)
        return y.addcmul_(grad(x), torch.full_like(x, eta), value=-1)

    return torch.cat([x.unsqueeze(0) for x in accumulate(repeat(lr, num_steps), move, initial=x0)])


def backtracking_line_search(f, x, grad_x, direction, alpha=1.0, rho=0.5, c=1e-4):
    origin = float(f(x))
    ask = c * float(torch.einsum("i,i->", grad_x, direction))
    step = float(alpha)
    trial = torch.empty_like(x)

    def too_long():
        trial.copy_(direction).mul_(step).add_(x)
        value = float(f(trial))
        gone = value in (float("inf"), float("-inf")) or value != value
        return gone or not (value <= origin + step * ask)

    while too_long():
        step *= rho
    return step
