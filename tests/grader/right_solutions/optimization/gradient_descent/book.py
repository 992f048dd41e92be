"""The book's gd and train_2d (d2l 0.17.6, 11.3), with the gradient and the start as arguments; the line search by halving."""

import torch


def train(trainer, x0, steps, f_grad):
    x = x0.clone()
    results = [x.clone()]
    for i in range(steps):
        x = trainer(x, f_grad)
        results.append(x.clone())
    return torch.stack(results)


def gradient_descent(grad, x0, lr, num_steps):
    def gd(x, f_grad):
        x -= lr * f_grad(x)
        return x

    return train(gd, x0, num_steps, grad)


def backtracking_line_search(f, x, grad_x, direction, alpha=1.0, rho=0.5, c=1e-4):
    m = torch.dot(grad_x, direction)
    fx = f(x)
    while True:
        new = f(x + alpha * direction)
        if torch.isfinite(new) and new <= fx + c * alpha * m:
            return alpha
        alpha = rho * alpha
