"""torch.optim.SGD on a parameter whose gradient comes from the callback."""

import torch


def gradient_descent(grad, x0, lr, num_steps):
    x = torch.nn.Parameter(x0.detach().clone())
    optimizer = torch.optim.SGD([x], lr=lr)
    rows = [x.detach().clone()]
    for step in range(num_steps):
        optimizer.zero_grad()
        x.grad = grad(x.detach())
        optimizer.step()
        if not x.isfinite().all():
            raise OverflowError(f"step {step}")
        rows.append(x.detach().clone())
    return torch.stack(rows)


def backtracking_line_search(f, x, grad_x, direction, alpha=1.0, rho=0.5, c=1e-4):
    def enough(a):
        return bool(-torch.inf < f(x + a * direction) <= f(x) + c * a * grad_x.dot(direction))

    while not enough(alpha):
        alpha *= rho
    return float(alpha)
