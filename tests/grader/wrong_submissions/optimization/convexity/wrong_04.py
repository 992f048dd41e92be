# mistake: the projected points are only written down; the next step starts from the point before the projection.
# diagnosis: goes-on-outside
import torch


def jensen_gap(f, points, weights):
    if (weights < 0).any():
        raise ValueError("a weight is negative")
    if (weights.sum() - 1).abs() > 1e-6:
        raise ValueError("the weights do not sum to 1")
    mean_of_f = 0.0
    for point, weight in zip(points, weights):
        mean_of_f = mean_of_f + weight * f(point)
    return (mean_of_f - f(torch.einsum("n,nd->d", weights, points))).item()


def is_convex_quadratic(A):
    S = (A + A.transpose(0, 1)) / 2
    eigs = torch.linalg.eigvalsh(S)
    tolerance = 1e-4 * eigs.abs().max()
    return bool((eigs >= -tolerance).all())


def project_onto_ball(x, center, radius):
    v = x - center
    length = v.norm()
    if length > radius:
        return center + v / length * radius
    return x.clone()


def projected_gradient_descent(grad, project, x0, lr, num_steps):
    x = x0.clone()
    trajectory = [x0.clone()]
    for _ in range(num_steps):
        x = x - lr * grad(x)
        trajectory.append(project(x))
    return torch.stack(trajectory)
