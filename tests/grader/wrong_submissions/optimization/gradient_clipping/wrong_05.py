# mistake: Stacks the norms of the parameters: without any gradient there is nothing to stack, and torch.stack raises RuntimeError.
# diagnosis: empty-stack
from collections.abc import Iterable

import torch


def clip_gradients(params: Iterable[torch.nn.Parameter], theta: float) -> float:
    params = [p for p in params if p.grad is not None]
    norm = torch.stack([p.grad.norm() for p in params]).norm().item()
    if norm > theta:
        for p in params:
            p.grad.mul_(theta / norm)
    return norm
