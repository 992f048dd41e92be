# mistake: (1) Nesterov's update uses the OLD velocity, g + beta*v_old, which is just the plain momentum step; (2) `break` instead of `continue` at a parameter without gradient, so the rest of the group is not updated.
# diagnosis: nesterov-ignored + stops-at-a-missing-gradient
from typing import Any

import torch

LR, BETA, NAG = "lr", "momentum", "nesterov"


class Momentum(torch.optim.Optimizer):
    def __init__(self, params: Any, lr: float, momentum: float = 0.9, nesterov: bool = False) -> None:
        for ok, what in ((lr >= 0, "lr"), (0 <= momentum < 1, "momentum")):
            if not ok:
                raise ValueError(f"{what} out of range")
        super().__init__(params, {LR: lr, BETA: momentum, NAG: nesterov})
        for group in self.param_groups:
            for w in group["params"]:
                self.state[w]["velocity"] = torch.zeros_like(w, memory_format=torch.preserve_format).detach()

    @torch.no_grad()
    def step(self, closure=None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            lr, beta = group[LR], group[BETA]
            for w in group["params"]:
                if w.grad is None:
                    break
                v = self.state[w]["velocity"]
                if group[NAG]:
                    look_ahead = w.grad + beta * v
                    v.mul_(beta).add_(w.grad)
                    w.sub_(look_ahead, alpha=lr)
                else:
                    v.mul_(beta).add_(w.grad)
                    w.sub_(v, alpha=lr)
        return loss
