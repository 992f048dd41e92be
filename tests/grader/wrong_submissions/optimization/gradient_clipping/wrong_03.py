# mistake: the scaled gradient is a new tensor assigned to grad, not the old one scaled in place.
# diagnosis: replaced
import torch


def clip_gradients(params, theta):
    params = [p for p in params if p.grad is not None]
    if not params:
        return 0.0
    norm = torch.linalg.vector_norm(torch.stack([p.grad.norm().double() for p in params])).item()
    if norm in (float("inf"),) or norm != norm:
        raise ValueError(f"norm is {norm}")
    if norm > theta:
        for p in params:
            p.grad = p.grad * (theta / norm)
    return norm
