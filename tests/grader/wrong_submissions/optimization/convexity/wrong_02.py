# mistake: the eigenvalues of A itself (their real parts) are taken, not those of its symmetric part: [[1, 4], [0, 1]] passes as convex.
# diagnosis: eigenvalues-of-A
import torch


def jensen_gap(f, points, weights):
    if (weights < 0).any() or abs(weights.sum().item() - 1) > 1e-6:
        raise ValueError("weights must be a distribution")
    mean = (weights[:, None] * points).sum(dim=0)
    mean_value = sum(w * f(p) for w, p in zip(weights, points))
    return float(mean_value - f(mean))


def is_convex_quadratic(A):
    # A need not be symmetric: eigvals instead of eigvalsh
    curvatures = torch.linalg.eigvals(A).real
    return (curvatures.min() >= -1e-5 * curvatures.abs().max()).item()


def project_onto_ball(x, center, radius):
    direction = x - center
    norm = direction.norm()
    return x if norm <= radius else center + direction * (radius / norm)


def projected_gradient_descent(grad, project, x0, lr, num_steps):
    rows = x0.new_empty(num_steps + 1, x0.shape[0])
    rows[0] = x0
    for t in range(num_steps):
        x = rows[t].clone()
        rows[t + 1] = project(x - lr * grad(x))
    return rows
