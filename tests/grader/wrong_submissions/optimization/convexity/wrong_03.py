# mistake: the distance is taken as a Python number with .item(), so the gradient treats the scale as a constant outside the ball.
# diagnosis: distance-cut-off
import torch
from torch import Tensor


def jensen_gap(f, points: Tensor, weights: Tensor) -> float:
    if torch.any(weights < 0):
        raise ValueError("weights must not be negative")
    total = weights.double().sum().item()
    if abs(total - 1.0) > 1e-6:
        raise ValueError(f"weights sum to {total}")
    values = torch.stack([f(p) for p in points])
    return float((weights * values).sum() - f(weights @ points))


def is_convex_quadratic(A: Tensor) -> bool:
    lam = torch.linalg.eigvalsh(0.5 * (A + A.mT))
    return lam[0].item() >= -1e-5 * lam.abs().max().item()


def project_onto_ball(x: Tensor, center: Tensor, radius: float) -> Tensor:
    distance = torch.linalg.vector_norm(x - center).item()
    if distance <= radius:
        return x
    return center + (x - center) * (radius / distance)


def projected_gradient_descent(grad, project, x0: Tensor, lr: float, num_steps: int) -> Tensor:
    xs = [x0]
    for _ in range(num_steps):
        xs.append(project(xs[-1] - lr * grad(xs[-1])))
    return torch.stack(xs)
