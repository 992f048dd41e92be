"""The Hessian as the gradient of each entry of a gradient with its own, smaller step; definiteness by Cholesky."""

import torch


def numerical_gradient(f, x, h=1e-5):
    n = x.numel()
    basis = torch.eye(n)  # float32, as is h in it: good to seven digits
    difference = [(f(x + h * basis[i]) - f(x - h * basis[i])) / h / 2 for i in range(n)]
    return torch.stack(difference).to(x.dtype)


def numerical_hessian(f, x, h=1e-4):
    rows = [numerical_gradient(lambda y: numerical_gradient(f, y)[i], x, h) for i in range(len(x))]
    H = torch.stack(rows)
    return (H + H.T) / 2


def positive_definite(A):
    return torch.linalg.cholesky_ex(A).info.item() == 0


def classify_critical_point(hessian, tol=1e-6):
    margin = tol * torch.eye(len(hessian), dtype=hessian.dtype)
    if positive_definite(hessian - margin):
        return "minimum"
    if positive_definite(-hessian - margin):
        return "maximum"
    bends_up = not positive_definite(margin - hessian)
    bends_down = not positive_definite(margin + hessian)
    return "saddle" if bends_up and bends_down else "inconclusive"
