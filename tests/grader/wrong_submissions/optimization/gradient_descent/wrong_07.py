# mistake: only NaN is caught; where f is -inf (say, the log of 0) the condition -inf <= bound holds and the too-long step is returned.
# diagnosis: minus-infinity-accepted
import numpy as np
import torch


def gradient_descent(grad, x0, lr, num_steps):
    n = x0.numel()
    traj = x0.new_zeros((num_steps + 1, n))
    traj[0, :] = x0
    x = x0.clone()
    for t in np.arange(num_steps):
        x = x - lr * grad(x)
        traj[int(t) + 1, :] = x
    return traj


def backtracking_line_search(f, x, grad_x, direction, alpha=1.0, rho=0.5, c=1e-4):
    f_old = f(x).item()
    slope = float(np.sum((grad_x * direction).detach().numpy()))
    a = alpha
    f_new = f(x + a * direction).item()
    while np.isnan(f_new) or f_new > f_old + c * a * slope:
        a = a * rho
        f_new = f(x + a * direction).item()
    return a
