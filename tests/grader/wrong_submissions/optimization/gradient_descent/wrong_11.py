# mistake: the bound is computed once before the loop, with the first alpha, and nothing guards the loop: it never ends.
# diagnosis:
import torch


def gradient_descent(grad, x0, lr, num_steps):
    x = x0.clone()
    trajectory = [x.clone()]
    for step in range(num_steps):
        x = x - lr * grad(x)
        trajectory.append(x.clone())
    return torch.stack(trajectory)


def backtracking_line_search(f, x, grad_x, direction, alpha=1.0, rho=0.5, c=1e-4):
    bound = f(x) + c * alpha * torch.dot(grad_x, direction)
    while True:
        value = f(x + alpha * direction)
        if torch.isfinite(value) and value <= bound:
            return alpha
        alpha = alpha * rho
