# mistake: at the first step the velocity IS x.grad (no clone), later mul_/add_ change the old gradient tensor and grad.zero_() or an accumulated backward changes the velocity.
# diagnosis: velocity-is-the-gradient
from typing import Any

import torch
from torch import Tensor


class Momentum(torch.optim.Optimizer):
    def __init__(self, params, lr: float, momentum: float = 0.9, nesterov: bool = False) -> None:
        if lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 <= momentum < 1.0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        defaults = dict(lr=lr, momentum=momentum, nesterov=nesterov)
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure=None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()

        for group in self.param_groups:
            beta = group["momentum"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                d_p: Tensor = p.grad
                state = self.state[p]
                buf = state.get("velocity")
                if buf is None:
                    buf = d_p
                    state["velocity"] = buf
                else:
                    buf.mul_(beta).add_(d_p)
                update = d_p.add(buf, alpha=beta) if group["nesterov"] else buf
                p.add_(update, alpha=-group["lr"])
        return loss
