"""AdaGrad: the reference."""

import torch


class Adagrad(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01, eps=1e-6):
        if lr < 0:
            raise ValueError(f"lr is {lr}, expected a number >= 0")
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            eta, eps = group["lr"], group["eps"]
            for x in group["params"]:
                if x.grad is None:
                    continue
                g = x.grad  # the shape of x, and so is s
                s = self.state[x].get("s", 0) + g**2
                self.state[x]["s"] = s
                x -= eta * g / torch.sqrt(s + eps)
        return loss
