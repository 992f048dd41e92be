"""Three points on the diagonal, seven off it; x is moved in place in a copy; eigenvalues by numpy."""

import numpy as np
import torch


def numerical_gradient(f, x, h=1e-5):
    probe, slopes = x.clone(), []
    for i, here in enumerate(x.tolist()):
        probe[i] = here + h
        above = f(probe).item()
        probe[i] = here - h
        below = f(probe).item()
        probe[i] = here
        slopes.append((above - below) / (2 * h))
    return torch.tensor(slopes, dtype=x.dtype)


def numerical_hessian(f, x, h=1e-4):
    d = len(x)
    E = h * torch.eye(d, dtype=x.dtype)
    middle = f(x)
    ahead, behind = [f(x + e) for e in E], [f(x - e) for e in E]
    H = torch.empty(d, d, dtype=x.dtype)
    for i in range(d):
        H[i, i] = (ahead[i] - 2 * middle + behind[i]) / h**2
        for j in range(i):
            both = f(x + E[i] + E[j]) + f(x - E[i] - E[j])
            H[i, j] = H[j, i] = (both - ahead[i] - ahead[j] - behind[i] - behind[j] + 2 * middle) / (2 * h**2)
    return H


def classify_critical_point(hessian, tol=1e-6):
    signs = {int(np.sign(value)) if abs(value) > tol else 0 for value in np.linalg.eigvalsh(hessian.numpy())}
    if {1, -1} <= signs:
        return "saddle"
    return {frozenset({1}): "minimum", frozenset({-1}): "maximum"}.get(frozenset(signs), "inconclusive")
