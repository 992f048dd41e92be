"""Right: plain loops; convexity by a Cholesky decomposition of the slightly shifted symmetric part; F.normalize for the ball."""
import torch
import torch.nn.functional as F


def jensen_gap(f, points, weights):
    total = 0.0
    for weight in weights.tolist():
        if weight < 0:
            raise ValueError("negative weight")
        total += weight
    if abs(total - 1) > 1e-6:
        raise ValueError("weights do not sum to 1")
    mean, mean_value = torch.zeros_like(points[0]), torch.zeros_like(points[0, 0])
    for weight, point in zip(weights, points):
        mean = mean + weight * point
        mean_value = mean_value + weight * f(point)
    return (mean_value - f(mean)).item()


def is_convex_quadratic(A):
    S = (A + A.T).double() / 2
    scale = torch.linalg.matrix_norm(S, ord=2)
    if scale == 0:
        return True
    shifted = S / scale + 1e-5 * torch.eye(len(S), dtype=S.dtype)
    return int(torch.linalg.cholesky_ex(shifted).info) == 0


def project_onto_ball(x, center, radius):
    offset = x - center
    if offset.square().sum().sqrt() <= radius:
        return x + 0
    return center + radius * F.normalize(offset, dim=0, eps=0.0)


def projected_gradient_descent(grad, project, x0, lr, num_steps):
    trajectory = torch.zeros((num_steps + 1, *x0.shape), dtype=x0.dtype)
    x = trajectory[0] = x0
    for t in range(1, num_steps + 1):
        x = project(x - lr * grad(x))
        trajectory[t] = x
    return trajectory
