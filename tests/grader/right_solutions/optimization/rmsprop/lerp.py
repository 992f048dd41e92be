"""The average as a step towards the newest square: lerp_ on p.data; state is made when a group is added."""

import torch


class RMSprop(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01, gamma=0.9, eps=1e-6):
        if lr < 0 or not 0 <= gamma < 1:
            raise ValueError(f"{lr=}, {gamma=}")
        super().__init__(params, defaults={"lr": lr, "gamma": gamma, "eps": eps})

    def add_param_group(self, param_group):
        super().add_param_group(param_group)
        for p in self.param_groups[-1]["params"]:
            self.state[p]["s"] = torch.zeros_like(p.data)

    def step(self, closure=None):
        loss = None
        if closure is not None:
            loss = closure()
        for group in self.param_groups:
            for p in filter(lambda p: p.grad is not None, group["params"]):
                g = p.grad.data
                s = self.state[p]["s"].lerp_(g * g, 1 - group["gamma"])
                p.data.sub_(group["lr"] * g * torch.rsqrt(s + group["eps"]))
        return loss
