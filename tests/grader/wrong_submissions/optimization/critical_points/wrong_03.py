# mistake: a saddle is told by the product of the smallest and the greatest eigenvalue, without tol, so rounding noise beside a clear curvature counts as a second sign.
# diagnosis: saddle-by-the-product
import torch


def _axis(x, i, h):
    e = torch.zeros_like(x)
    e[i] = h
    return e


def numerical_gradient(f, x, h=1e-5):
    out = torch.empty_like(x)
    for i in range(x.shape[0]):
        e = _axis(x, i, h)
        out[i] = (f(x + e) - f(x - e)) / (2 * h)
    return out


def numerical_hessian(f, x, h=1e-4):
    n = x.shape[0]
    out = torch.empty((n, n), dtype=x.dtype)
    for i in range(n):
        for j in range(i, n):
            a, b = _axis(x, i, h), _axis(x, j, h)
            out[i, j] = (f(x + a + b) - f(x + a - b) - f(x - a + b) + f(x - a - b)) / (4 * h * h)
            out[j, i] = out[i, j]
    return out


def classify_critical_point(hessian, tol=1e-6):
    eig = torch.linalg.eigvalsh(hessian)  # ascending
    smallest, greatest = eig[0], eig[-1]
    if smallest > tol:
        return "minimum"
    if greatest < -tol:
        return "maximum"
    if smallest * greatest < 0:
        return "saddle"
    return "inconclusive"
