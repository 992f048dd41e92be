"""One long vector of all gradients; the norm is returned as a tensor of one entry; foreach scales."""

import torch


@torch.no_grad()
def clip_gradients(params, theta):
    gradients = [p.grad.data for p in params if p.grad is not None]
    flat = torch.cat([torch.zeros(1), *[g.reshape(-1) for g in gradients]])
    norm = flat.norm(p=2)
    if not torch.isfinite(norm):
        raise ValueError("not finite")
    if norm.item() > theta:
        torch._foreach_mul_(gradients, theta / norm.item())
    return norm
