"""As torch.nn.utils.clip_grad_norm_ does it: the norm of the norms, 1e-6 in the denominator, a factor of at most 1."""

import torch


def clip_gradients(params, theta):
    grads = [p.grad for p in params if p.grad is not None]
    if len(grads) == 0:
        return 0.0
    total = torch.linalg.vector_norm(torch.stack([torch.linalg.vector_norm(g) for g in grads]))
    if total.isnan() or total.isinf():
        raise ValueError("The total norm for gradients is non-finite, so it cannot be clipped.")
    clip_coef_clamped = torch.clamp(theta / (total + 1e-6), max=1.0)
    for g in grads:
        g.mul_(clip_coef_clamped)
    return total.item()
