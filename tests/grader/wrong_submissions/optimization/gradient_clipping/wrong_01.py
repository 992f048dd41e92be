# mistake: params is gone through twice, so if it is a generator (like net.parameters()) nothing is left for the scaling.
# diagnosis: params-twice
import torch


def clip_gradients(params, theta):
    total = 0.0
    for p in params:
        if p.grad is not None:
            total += p.grad.double().square().sum().item()
    norm = total**0.5
    if norm == float("inf") or norm != norm:
        raise ValueError("the norm is not finite")
    if norm > theta:
        for p in params:
            if p.grad is not None:
                p.grad.mul_(theta / norm)
    return norm
