"""Gradient clipping: the reference."""

import math
from collections.abc import Iterable

import torch


def clip_gradients(params: Iterable[torch.nn.Parameter], theta: float) -> float:
    grads = [x.grad for x in params if x.grad is not None]  # each (*) like its parameter
    norm = sum((g**2).sum().item() for g in grads) ** 0.5
    if not math.isfinite(norm):
        raise ValueError(f"the norm of the gradients is {norm}: there is an infinite entry or a NaN among them")
    if norm > theta:
        for g in grads:
            g *= theta / norm  # (*), in place
    return norm
