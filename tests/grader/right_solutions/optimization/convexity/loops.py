"""Plain numbers in lists; convexity by Cholesky; a tensor for the truth value and for the gap."""

import torch


def jensen_gap(f, points, weights):
    total, mean, gap = 0.0, torch.zeros(points.shape[1], dtype=points.dtype), torch.zeros((), dtype=points.dtype)
    for w, x in zip(weights.tolist(), points):
        if w < 0:
            raise ValueError(f"negative weight {w}")
        total += w
        mean += w * x
        gap += w * f(x)
    if abs(total - 1) > 1e-6:
        raise ValueError(f"the weights sum to {total}")
    return gap - f(mean)


def is_convex_quadratic(A):
    scale = A.abs().max().clamp(min=1)
    shifted = (A + A.transpose(0, 1)) / 2 + 1e-6 * scale * torch.eye(len(A), dtype=A.dtype)
    return torch.linalg.cholesky_ex(shifted).info == 0


def project_onto_ball(x, center, radius):
    squared = sum((a - c) ** 2 for a, c in zip(x, center))
    if squared > radius**2:
        return torch.stack([c + (a - c) * radius / squared.sqrt() for a, c in zip(x, center)])
    return torch.stack([a + 0 for a in x])


def projected_gradient_descent(grad, project, x0, lr, num_steps):
    rows = [x0.tolist()]
    for _ in range(num_steps):
        x = torch.tensor(rows[-1], dtype=x0.dtype)
        rows.append(project(torch.tensor([a - lr * g for a, g in zip(x, grad(x))], dtype=x0.dtype)).tolist())
    return torch.tensor(rows, dtype=x0.dtype)
