"""Cells of a notebook in the book's style (11.1 draws its figures by hand): zeros_like, loops over the axes, four points per pair."""

import torch


def numerical_gradient(f, x, h=1e-5):
    grad = torch.zeros_like(x)
    for i in range(len(x)):
        e = torch.zeros_like(x)
        e[i] = h
        grad[i] = (f(x + e) - f(x - e)) / (2 * h)
    return grad


def numerical_hessian(f, x, h=1e-4):
    d = x.shape[0]
    H = torch.zeros((d, d), dtype=x.dtype)
    for i in range(d):
        for j in range(i, d):
            ei, ej = torch.zeros_like(x), torch.zeros_like(x)
            ei[i], ej[j] = h, h
            H[i, j] = (f(x + ei + ej) - f(x + ei - ej) - f(x - ei + ej) + f(x - ei - ej)) / (4 * h * h)
            H[j, i] = H[i, j]
    return H


def classify_critical_point(hessian, tol=1e-6):
    eigenvalues, _ = torch.linalg.eigh(hessian)
    if (eigenvalues > tol).any() and (eigenvalues < -tol).any():
        return "saddle"
    elif (eigenvalues > tol).all():
        return "minimum"
    elif (eigenvalues < -tol).all():
        return "maximum"
    else:
        return "inconclusive"
