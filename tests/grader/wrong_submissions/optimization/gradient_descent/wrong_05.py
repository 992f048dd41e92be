# mistake: the search loops `while f(new) > bound`; for a NaN (and for -inf) this comparison is False, so a step to where f is not finite is accepted.
# diagnosis: nan-accepted
import torch


def gradient_descent(grad, x0, lr, num_steps):
    # 梯度下降
    x = x0
    results = [x]
    for i in range(num_steps):
        x = x - lr * grad(x)
        results.append(x)
    return torch.stack(results)


def backtracking_line_search(f, x, grad_x, direction, alpha=1.0, rho=0.5, c=1e-4):
    # Armijo 条件不满足就缩短步长
    fx = f(x)
    slope = (grad_x * direction).sum()
    while f(x + alpha * direction) > fx + c * alpha * slope:
        alpha *= rho
    return alpha
