# mistake: (1) the step shrinks BY rho (alpha -= rho*alpha, i.e. times 1 - rho; the same only for rho = 0.5); (2) the trial point is made in x itself and taken back by subtraction, which leaves rounding errors (or inf/nan) in the caller's x.
# diagnosis:
from collections import deque

import torch


def gradient_descent(grad, x0, lr, num_steps):
    visited = deque([x0.clone()])
    for _ in range(num_steps):
        here = visited[-1]
        visited.append(here - grad(here).mul(lr))
    return torch.stack(tuple(visited))


@torch.no_grad()
def backtracking_line_search(f, x, grad_x, direction, alpha=1.0, rho=0.5, c=1e-4):
    before = f(x).item()
    promised = (grad_x @ direction).item()
    while True:
        # no new tensor per trial: move there, look, move back
        x.add_(direction, alpha=alpha)
        after = f(x)
        good = bool(after.isfinite()) and after.item() <= before + c * alpha * promised
        x.sub_(direction, alpha=alpha)
        if good:
            return alpha
        alpha -= rho * alpha
