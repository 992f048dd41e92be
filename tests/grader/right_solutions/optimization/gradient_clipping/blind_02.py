"""Right: one long vector by torch.cat in float64, scaled, and copied back piece by piece through .grad.data."""
import torch


def clip_gradients(params, theta):
    owners = [x for x in list(params) if x.grad is not None]
    if len(owners) == 0:
        return 0.0
    g = torch.cat([x.grad.detach().to(torch.float64).flatten() for x in owners])
    norm = torch.sqrt(torch.dot(g, g))
    if not bool(torch.isfinite(norm)):
        raise ValueError("the norm is not finite")
    if norm <= theta:
        return float(norm)
    g = g / norm * theta
    for x, piece in zip(owners, g.split([x.grad.numel() for x in owners])):
        x.grad.data.copy_(piece.view(x.grad.shape))
    return float(norm)
