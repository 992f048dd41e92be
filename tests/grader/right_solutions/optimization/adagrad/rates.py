"""A rate for each coordinate first, then the step: η·rsqrt(s + ε), new tensors, p.copy_ writes the result back."""

import torch


class Adagrad(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01, eps=1e-6):
        if lr < 0.0:
            raise ValueError("learning rate must not be negative")
        super().__init__(params, dict(lr=lr, eps=eps))

    def step(self, closure=None):
        loss = None
        if closure is not None:
            loss = closure()
        for group in self.param_groups:
            for p in filter(lambda p: p.grad is not None, group["params"]):
                g, state = p.grad.detach(), self.state[p]
                state["s"] = state["s"] + g.pow(2) if "s" in state else g.pow(2)
                rate = group["lr"] * (state["s"] + group["eps"]).pow(-0.5)
                with torch.no_grad():
                    p.copy_(p - rate * g)
        return loss
