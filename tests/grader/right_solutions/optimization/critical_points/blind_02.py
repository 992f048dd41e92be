"""Right: three points on the diagonal, second differences along x_i + x_j and x_i - x_j elsewhere; eigvals instead of eigvalsh."""
import torch


def second_difference(f, x, step):
    return f(x + step) - 2 * f(x) + f(x - step)


def numerical_gradient(f, x, h=1e-5):
    E = torch.eye(x.shape[0], dtype=x.dtype, device=x.device).mul(h)
    up = torch.stack([f(point) for point in x + E])
    down = torch.stack([f(point) for point in x - E])
    return up.sub(down).div(2 * h)


def numerical_hessian(f, x, h=1e-4):
    d = x.shape[0]
    E = h * torch.eye(d, dtype=x.dtype, device=x.device)
    H = torch.zeros(d, d, dtype=x.dtype, device=x.device)
    for i in range(d):
        H[i, i] = second_difference(f, x, E[i]) / h**2
    for i, j in torch.combinations(torch.arange(d), 2).tolist():
        mixed = (second_difference(f, x, E[i] + E[j]) - second_difference(f, x, E[i] - E[j])) / (4 * h**2)
        H[i, j] = mixed
        H[j, i] = mixed
    return H


def classify_critical_point(hessian, tol=1e-6):
    lam = torch.linalg.eigvals(hessian).real
    signs = torch.where(lam > tol, 1, torch.where(lam < -tol, -1, 0))
    kinds = set(signs.tolist())
    if {1, -1} <= kinds:
        return "saddle"
    if 0 in kinds:
        return "inconclusive"
    return {1: "minimum", -1: "maximum"}[kinds.pop()]
