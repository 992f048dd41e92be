"""PyTorch's style written by hand: buffers in self.state, every operation in place; one root of the quotient."""

import torch
from torch.optim import Optimizer


class Adadelta(Optimizer):
    def __init__(self, params, rho=0.9, eps=1e-5, lr=1.0):
        if not 0.0 <= lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not 0.0 <= rho < 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        super().__init__(params, dict(lr=lr, rho=rho, eps=eps))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            rho, eps = group["rho"], group["eps"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if len(state) == 0:
                    state["step"] = 0
                    state["square_avg"] = torch.zeros_like(p, memory_format=torch.preserve_format)
                    state["acc_delta"] = torch.zeros_like(p, memory_format=torch.preserve_format)
                state["step"] += 1
                square_avg, acc_delta = state["square_avg"], state["acc_delta"]
                square_avg.mul_(rho).addcmul_(p.grad, p.grad, value=1 - rho)
                update = acc_delta.add(eps).div_(square_avg.add(eps)).sqrt_().mul_(p.grad)
                acc_delta.mul_(rho).addcmul_(update, update, value=1 - rho)
                p.add_(update, alpha=-group["lr"])
        return loss
