# mistake: the learning rate is wrapped into a float32 scalar tensor; with a float64 x0 the result is float64 by name, but lr = 0.1 has only 8 digits.
# diagnosis: learning-rate-in-float32
import torch


def gradient_descent(grad, x0, lr, num_steps):
    eta = torch.tensor(lr, dtype=torch.float32, device=x0.device)
    trajectory = torch.empty((num_steps + 1, x0.shape[0]), dtype=x0.dtype, device=x0.device)
    trajectory[0] = x0
    for t in range(1, num_steps + 1):
        prev = trajectory[t - 1].clone()
        trajectory[t] = prev - eta * grad(prev)
    return trajectory


def backtracking_line_search(f, x, grad_x, direction, alpha=1.0, rho=0.5, c=1e-4):
    f0 = f(x)
    m = (grad_x * direction).sum()

    def accept(a):
        f1 = f(x + a * direction)
        return bool(torch.isfinite(f1)) and bool(f1 <= f0 + c * a * m)

    a = float(alpha)
    while not accept(a):
        a *= rho
    return a
