# mistake: the search gives up after 20 trials and returns whatever alpha it has, though the condition does not hold yet (steep functions, rho near 1).
# diagnosis: gives-up-early
import torch

MAX_BACKTRACKS = 20


def gradient_descent(grad, x0, lr, num_steps):
    points = list()
    current = x0.clone()
    points.append(current[None])
    step = 0
    while step < num_steps:
        current = current + (-lr) * grad(current)
        points.append(current[None])
        step += 1
    return torch.cat(points, 0)


def backtracking_line_search(f, x, grad_x, direction, alpha=1.0, rho=0.5, c=1e-4):
    base = f(x)
    derphi0 = torch.dot(grad_x, direction)
    for _ in range(MAX_BACKTRACKS):
        phi = f(x + alpha * direction)
        ok = torch.isfinite(phi) & (phi <= base + c * alpha * derphi0)
        if ok:
            return alpha
        alpha *= rho
    return alpha
