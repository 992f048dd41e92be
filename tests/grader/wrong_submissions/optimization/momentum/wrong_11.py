# mistake: x = x - … in the loop binds the name to a new tensor; the parameters themselves never move.
# diagnosis: rebinds
"""Momentum: the reference."""

import torch


class Momentum(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.9, nesterov=False):
        if lr < 0:
            raise ValueError(f"lr is {lr}, expected a number >= 0")
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum is {momentum}, expected a number in [0, 1)")
        super().__init__(params, {"lr": lr, "momentum": momentum, "nesterov": nesterov})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            eta, beta = group["lr"], group["momentum"]
            for x in group["params"]:
                if x.grad is None:
                    continue
                g = x.grad  # the shape of x, and so is v
                v = beta * self.state[x].get("v", 0) + g
                self.state[x]["v"] = v
                x = x - eta * (g + beta * v if group["nesterov"] else v)
        return loss
