"""Right: math.hypot of the norms, PyTorch's theta / (norm + 1e-6), foreach scaling."""
import math
from collections.abc import Iterable

import torch


@torch.no_grad()
def clip_gradients(params: Iterable[torch.nn.Parameter], theta: float) -> float:
    grads = [g for g in (x.grad for x in params) if g is not None]
    norm = math.hypot(*(torch.linalg.vector_norm(g, dtype=torch.float64).item() for g in grads))
    if not math.isfinite(norm):
        raise ValueError(f"the gradients' norm is {norm}")
    if norm > theta:
        torch._foreach_mul_(grads, theta / (norm + 1e-6))
    return norm
