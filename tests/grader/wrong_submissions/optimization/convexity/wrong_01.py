# mistake: the sum of the weights is only checked from above (abs is missing), so weights that sum to less than 1 pass.
# diagnosis: sum-checked-from-above
import torch


def jensen_gap(f, points, weights):
    if weights.min() < 0:
        raise ValueError("negative weight")
    if weights.sum() - 1 > 1e-6:
        raise ValueError("weights do not sum to 1")
    values = torch.stack([f(point) for point in points])
    return (weights @ values - f(weights @ points)).item()


def is_convex_quadratic(A):
    eigenvalues = torch.linalg.eigvalsh((A + A.T) / 2)
    return bool(eigenvalues.min() >= -1e-5 * eigenvalues.abs().max())


def project_onto_ball(x, center, radius):
    offset = x - center
    distance = torch.linalg.vector_norm(offset)
    if distance <= radius:
        return x.clone()
    return center + radius * offset / distance


def projected_gradient_descent(grad, project, x0, lr, num_steps):
    x = x0.clone()
    trajectory = [x]
    for _ in range(num_steps):
        x = project(x - lr * grad(x))
        trajectory.append(x)
    return torch.stack(trajectory)
