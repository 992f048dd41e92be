"""In the book's style (11.2 has formulas and figures, no code): plain functions, torch.clamp for the projection."""

import torch


def jensen_gap(f, points, weights):
    if torch.any(weights < 0) or not torch.isclose(weights.sum(), torch.ones_like(weights.sum()), rtol=0, atol=1e-6):
        raise ValueError("weights must be nonnegative and sum to 1")
    expected_value = sum(w * f(x) for w, x in zip(weights, points))
    mean = torch.matmul(weights, points)
    return (expected_value - f(mean)).item()


def is_convex_quadratic(A):
    symmetric = (A + A.T) / 2
    eigenvalues = torch.linalg.eigvalsh(symmetric)
    return torch.all(eigenvalues >= -1e-5).item()


def project_onto_ball(x, center, radius):
    diff = x - center
    norm = torch.norm(diff)
    return center + diff * torch.clamp(radius / norm, max=1.0)


def projected_gradient_descent(grad, project, x0, lr, num_steps):
    x, results = x0.clone(), [x0.clone()]
    for i in range(num_steps):
        x -= lr * grad(x)
        x = project(x)
        results.append(x.clone())
    return torch.stack(results)
