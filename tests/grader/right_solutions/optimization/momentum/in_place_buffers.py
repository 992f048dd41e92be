"""In-place buffers in self.state, fused updates, the loop under no_grad."""

import torch
from torch.optim import Optimizer


class Momentum(Optimizer):
    def __init__(self, params, lr, momentum=0.9, nesterov=False):
        if lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 <= momentum < 1.0:
            raise ValueError(f"Invalid momentum: {momentum}")
        super().__init__(params, dict(lr=lr, momentum=momentum, nesterov=nesterov))

    def step(self, closure=None):
        loss = None
        if closure is not None:
            loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is None:
                        continue
                    state = self.state[p]
                    if len(state) == 0:
                        state["step"] = 0
                        state["velocity"] = torch.zeros_like(p, memory_format=torch.preserve_format)
                    state["step"] += 1
                    v = state["velocity"]
                    v.mul_(group["momentum"]).add_(p.grad)
                    update = p.grad.add(v, alpha=group["momentum"]) if group["nesterov"] else v
                    p.add_(update, alpha=-group["lr"])
        return loss
