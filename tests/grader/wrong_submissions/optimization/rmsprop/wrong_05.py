# mistake: Falls back to the default where the group's lr is 0 (`or`): a scheduler that reaches 0, or a frozen group, trains on at full rate.
# diagnosis: zero-taken-for-none
from collections.abc import Callable, Iterable
from typing import Any

import torch


class RMSprop(torch.optim.Optimizer):
    def __init__(
        self,
        params: Iterable[torch.nn.Parameter] | Iterable[dict[str, Any]],
        lr: float = 0.01,
        gamma: float = 0.9,
        eps: float = 1e-6,
    ) -> None:
        if lr < 0:
            raise ValueError(f"lr must not be negative, got {lr}")
        if not 0 <= gamma < 1:
            raise ValueError(f"gamma must be in [0, 1), got {gamma}")
        super().__init__(params, {"lr": lr, "gamma": gamma, "eps": eps})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            lr = group["lr"] or self.defaults["lr"]
            gamma = group["gamma"]
            eps = group["eps"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                g = p.grad
                state = self.state[p]
                if "s" not in state:
                    state["s"] = torch.zeros_like(p)
                s = state["s"]
                s.mul_(gamma).add_((1 - gamma) * g * g)
                p -= lr * g / (s + eps).sqrt()
        return loss
