# mistake: the check accepts gamma = 1 (the interval is meant to be half open), with which s stays 0.
# diagnosis: gamma-of-one
from collections.abc import Callable, Iterable
from typing import Any

import torch


class RMSprop(torch.optim.Optimizer):
    def __init__(self, params: Iterable[Any], lr: float = 0.01, gamma: float = 0.9, eps: float = 1e-6) -> None:
        if not 0.0 <= lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 <= gamma <= 1.0:
            raise ValueError(f"Invalid gamma: {gamma}")
        super().__init__(params, dict(lr=lr, gamma=gamma, eps=eps))

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            gamma = group["gamma"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                s = state["s"] if "s" in state else torch.zeros_like(p)
                s = gamma * s + (1 - gamma) * p.grad * p.grad
                state["s"] = s
                p.add_(p.grad / torch.sqrt(s + group["eps"]), alpha=-group["lr"])
        return loss
