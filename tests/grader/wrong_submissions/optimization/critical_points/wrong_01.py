# mistake: the points are made by changing x in place and changing it back, which leaves rounding errors in the last digits of x.
# diagnosis: moved-in-place
import torch


def numerical_gradient(f, x, h=1e-5):
    grad = torch.zeros_like(x)
    for i in range(x.numel()):
        x[i] += h
        up = f(x).clone()
        x[i] -= 2 * h
        down = f(x).clone()
        x[i] += h
        grad[i] = (up - down) / (2 * h)
    return grad


def numerical_hessian(f, x, h=1e-4):
    d = x.numel()
    H = torch.zeros(d, d, dtype=x.dtype)
    for i in range(d):
        e = torch.zeros_like(x)
        e[i] = h
        H[i] = (numerical_gradient(f, x + e, h) - numerical_gradient(f, x - e, h)) / (2 * h)
    return (H + H.T) / 2


def classify_critical_point(hessian, tol=1e-6):
    eigenvalues = torch.linalg.eigvalsh(hessian)
    if (eigenvalues > tol).all():
        return "minimum"
    if (eigenvalues < -tol).all():
        return "maximum"
    if (eigenvalues > tol).any() and (eigenvalues < -tol).any():
        return "saddle"
    return "inconclusive"
