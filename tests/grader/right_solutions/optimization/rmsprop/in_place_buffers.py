"""PyTorch's style written by hand: addcmul_ and addcdiv_ on buffers in self.state, ε outside the root."""

import torch
from torch.optim import Optimizer


class RMSprop(Optimizer):
    def __init__(self, params, lr=1e-2, gamma=0.9, eps=1e-6):
        if not 0.0 <= lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 <= gamma < 1.0:
            raise ValueError(f"Invalid gamma: {gamma}")
        super().__init__(params, dict(lr=lr, gamma=gamma, eps=eps))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = 0
                    state["square_avg"] = torch.zeros_like(p, memory_format=torch.preserve_format)
                state["step"] += 1
                state["square_avg"].mul_(group["gamma"]).addcmul_(p.grad, p.grad, value=1 - group["gamma"])
                p.addcdiv_(p.grad, state["square_avg"].sqrt().add_(group["eps"]), value=-group["lr"])
        return loss
