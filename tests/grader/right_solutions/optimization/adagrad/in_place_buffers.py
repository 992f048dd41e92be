"""PyTorch's style written by hand: addcmul_ and addcdiv_ on buffers in self.state, ε outside the root."""

import torch
from torch.optim import Optimizer


class Adagrad(Optimizer):
    def __init__(self, params, lr=1e-2, eps=1e-6):
        if not 0.0 <= lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        super().__init__(params, dict(lr=lr, eps=eps))

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
                    state["sum"] = torch.zeros_like(p, memory_format=torch.preserve_format)
                state["step"] += 1
                state["sum"].addcmul_(p.grad, p.grad, value=1)
                std = state["sum"].sqrt().add_(group["eps"])
                p.addcdiv_(p.grad, std, value=-group["lr"])
        return loss
