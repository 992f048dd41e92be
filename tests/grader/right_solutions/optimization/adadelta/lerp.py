"""Averages as steps towards the newest square (lerp_, s + (1 − ρ)(g² − s)), on p.data; Δ is updated before x moves."""

import torch


class Adadelta(torch.optim.Optimizer):
    def __init__(self, params, rho=0.9, eps=1e-5, lr=1.0):
        for name, value, legal in (("lr", lr, lr >= 0), ("rho", rho, 0 <= rho < 1)):
            if not legal:
                raise ValueError(f"{name}={value}")
        super().__init__(params, defaults={"lr": lr, "rho": rho, "eps": eps})

    def add_param_group(self, param_group):
        super().add_param_group(param_group)
        for p in self.param_groups[-1]["params"]:
            self.state[p]["s"], self.state[p]["delta"] = torch.zeros_like(p.data), torch.zeros_like(p.data)

    def step(self, closure=None):
        loss = None
        if closure is not None:
            loss = closure()
        for group in self.param_groups:
            new, eps = 1 - group["rho"], group["eps"]
            for p in filter(lambda p: p.grad is not None, group["params"]):
                g, state = p.grad.data, self.state[p]
                s = state["s"].lerp_(g.square(), new)
                move = g * (state["delta"] + eps).sqrt() * torch.rsqrt(s + eps)
                state["delta"] = state["delta"] + new * (move.square() - state["delta"])
                p.data.sub_(move, alpha=group["lr"])
        return loss
