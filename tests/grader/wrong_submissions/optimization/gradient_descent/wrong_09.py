# mistake: (1) the trajectory is torch.zeros(...) of the default dtype, float64 comes back as float32; (2) the line search asks for any decrease (f_new < f_old) and forgets c and the slope.
# diagnosis: any-decrease-will-do + trajectory-in-float32
import torch


def gradient_descent(grad, x0, lr, num_steps):
    # first make a table, then fill it in row by row
    table = torch.zeros(num_steps + 1, len(x0))
    table[0] = x0
    x = x0
    for i in range(num_steps):
        g = grad(x)
        x = x - lr * g
        table[i + 1] = x
    return table


def backtracking_line_search(f, x, grad_x, direction, alpha=1.0, rho=0.5, c=1e-4):
    f_old = f(x)
    f_new = f(x + alpha * direction)
    # f must become smaller, otherwise the step was too long
    while not (torch.isfinite(f_new) and f_new < f_old):
        alpha = alpha * rho
        f_new = f(x + alpha * direction)
    return alpha
