# mistake: the iterate is updated in place and the same tensor is appended every time, so every row of the trajectory (also row 0) shows the last x.
# diagnosis: rows-share-memory
import torch


def gradient_descent(grad, x0, lr, num_steps):
    x = x0.clone()
    history = [x]
    for _ in range(num_steps):
        x -= lr * grad(x)
        history.append(x)
    return torch.stack(history)


def backtracking_line_search(f, x, grad_x, direction, alpha=1.0, rho=0.5, c=1e-4):
    fx = f(x).item()
    slope = torch.dot(grad_x, direction).item()
    while True:
        f_new = f(x + alpha * direction)
        if torch.isfinite(f_new) and f_new.item() <= fx + c * alpha * slope:
            return alpha
        alpha = alpha * rho
