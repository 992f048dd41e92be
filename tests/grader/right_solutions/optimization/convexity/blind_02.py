"""Right: vectorized where possible; torch.where with a safe norm for the ball; itertools.accumulate for the trajectory."""
from itertools import accumulate

import torch


def jensen_gap(f, points, weights):
    if not bool((weights >= 0).all()) or not abs(weights.sum(dtype=torch.float64).item() - 1) <= 1e-6:
        raise ValueError("weights must be at least 0 and sum to 1")
    values = torch.stack(list(map(f, points.unbind())))
    return float(torch.dot(weights, values) - f(points.T @ weights))


def is_convex_quadratic(A):
    lam = torch.linalg.eigvalsh((A + A.T) / 2)
    return bool(torch.all(lam >= -1e-4 * torch.linalg.vector_norm(lam, ord=torch.inf)))


def project_onto_ball(x, center, radius):
    offset = x - center
    square = (offset * offset).sum()
    inside = square <= radius**2
    # where it lies inside, the root is taken of 1, so that no gradient becomes nan
    scale = radius * torch.where(inside, torch.ones_like(square), square).rsqrt()
    return torch.where(inside, x, center + scale * offset)


def projected_gradient_descent(grad, project, x0, lr, num_steps):
    def step(x, _):
        return project(x - lr * grad(x))

    return torch.stack(list(accumulate(range(num_steps), step, initial=x0.clone())))
