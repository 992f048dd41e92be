"""Entry by entry, with math.hypot; the norm is a Python number."""

import math

import torch


def clip_gradients(params, theta):
    params = list(params)
    norm = 0.0
    for p in params:
        if p.grad is not None:
            for entry in p.grad.flatten().tolist():
                norm = math.hypot(norm, entry)
    if not norm < math.inf:
        raise ValueError(norm)
    for p in params:
        if p.grad is not None and norm > theta:
            for entry in p.grad.view(-1):
                entry.fill_(entry.item() * theta / norm)
    return norm
