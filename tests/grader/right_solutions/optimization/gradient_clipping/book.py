"""The book's grad_clipping (d2l 0.17.6, 8.5) for a list of parameters: None is left out, and the norm is returned."""

import torch
from torch import nn


def clip_gradients(net, theta):
    if isinstance(net, nn.Module):
        params = [p for p in net.parameters() if p.requires_grad]
    else:
        params = list(net)
    params = [p for p in params if p.grad is not None]
    if not params:
        return 0.0
    norm = torch.sqrt(sum(torch.sum((p.grad ** 2)) for p in params))
    if norm > theta:
        for param in params:
            param.grad[:] *= theta / norm
    return float(norm)
