# mistake: theta / norm is computed before it is known that the norm is not 0: ZeroDivisionError if there are no gradients or all are 0.
# diagnosis: divided-before-asking
import math
from collections.abc import Iterable

import torch


def clip_gradients(params: Iterable[torch.nn.Parameter], theta: float) -> float:
    grads = [p.grad for p in params if p.grad is not None]
    norm = math.sqrt(sum(torch.sum(g.double() ** 2).item() for g in grads))
    if not math.isfinite(norm):
        raise ValueError("not finite")
    scale = min(1.0, theta / norm)
    if scale < 1.0:
        for g in grads:
            g *= scale
    return norm
