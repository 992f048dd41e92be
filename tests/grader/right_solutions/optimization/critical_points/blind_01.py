"""Right: the Hessian as the central difference of central-difference gradients, made symmetric; signs counted."""
import torch


def numerical_gradient(f, x, h=1e-5):
    gradient = torch.zeros_like(x)
    for i in range(len(x)):
        ahead, behind = x.clone(), x.clone()
        ahead[i] += h
        behind[i] -= h
        gradient[i] = (f(ahead) - f(behind)) / (2 * h)
    return gradient


def numerical_hessian(f, x, h=1e-4):
    columns = []
    for i in range(len(x)):
        ahead, behind = x.clone(), x.clone()
        ahead[i] += h
        behind[i] -= h
        columns.append((numerical_gradient(f, ahead, h=h) - numerical_gradient(f, behind, h=h)) / (2 * h))
    H = torch.stack(columns, dim=1)
    return (H + H.T) / 2


def classify_critical_point(hessian, tol=1e-6):
    values = torch.linalg.eigvalsh(hessian).tolist()
    positive = sum(value > tol for value in values)
    negative = sum(value < -tol for value in values)
    if positive == len(values):
        return "minimum"
    if negative == len(values):
        return "maximum"
    return "saddle" if positive and negative else "inconclusive"
