"""An ε in the denominator of the projection, as in clipping; numpy's own truth value and number."""

import numpy as np
import torch


def jensen_gap(f, points, weights):
    w = weights.numpy()
    if (w < 0).any() or not np.isclose(w.sum(), 1, rtol=0, atol=1e-6):
        raise ValueError("weights must be a distribution")
    values = np.array([f(point).item() for point in points])
    return w @ values - f(weights @ points).numpy()


def is_convex_quadratic(A):
    eigenvalues = np.linalg.eigvalsh((A + A.T).numpy() / 2)
    return eigenvalues.min() >= -1e-4


def project_onto_ball(x, center, radius):
    delta = x - center
    return center + torch.clamp(radius / (delta.norm() + 1e-6), max=1) * delta


def projected_gradient_descent(grad, project, x0, lr, num_steps):
    points = [x0]
    while len(points) <= num_steps:
        points.append(project(points[-1] - lr * grad(points[-1])))
    return torch.stack(points)
