"""einsum, torch.where and a buffer that is filled row by row; eigenvalues by numpy."""

import numpy as np
import torch


def jensen_gap(f, points, weights):
    if weights.min() < 0 or not np.isclose(float(weights.sum()), 1.0, rtol=0, atol=1e-6):
        raise ValueError(f"no distribution: {weights}")
    values = torch.tensor([float(f(point)) for point in points], dtype=points.dtype)
    return float(torch.einsum("n,n->", weights, values)) - float(f(torch.einsum("n,nd->d", weights, points)))


def is_convex_quadratic(A):
    S = 0.5 * (A.numpy() + A.numpy().T)
    return bool(np.linalg.eigvalsh(S).min() > -1e-5)


def project_onto_ball(x, center, radius):
    offset = x - center
    length = torch.sqrt((offset * offset).sum() + 1e-300)
    return torch.where(length > radius, center + offset / length * radius, x)


def projected_gradient_descent(grad, project, x0, lr, num_steps):
    trajectory = torch.empty((num_steps + 1, x0.shape[0]), dtype=x0.dtype)
    trajectory[0] = x0
    for t in range(1, num_steps + 1):
        previous = trajectory[t - 1]
        trajectory[t] = project(torch.sub(previous, grad(previous), alpha=lr))
    return trajectory
