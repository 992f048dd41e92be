"""Adadelta: the reference."""

import torch


class Adadelta(torch.optim.Optimizer):
    def __init__(self, params, rho=0.9, eps=1e-5, lr=1.0):
        if not 0 <= rho < 1:
            raise ValueError(f"rho is {rho}, expected a number in [0, 1)")
        if lr < 0:
            raise ValueError(f"lr is {lr}, expected a number >= 0")
        super().__init__(params, {"rho": rho, "eps": eps, "lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            rho, eps, lr = group["rho"], group["eps"], group["lr"]
            for x in group["params"]:
                if x.grad is None:
                    continue
                g, state = x.grad, self.state[x]  # g: the shape of x, and so are s, Δ and g′
                delta = state.get("delta", torch.zeros_like(x))
                s = rho * state.get("s", 0) + (1 - rho) * g**2
                rescaled = torch.sqrt(delta + eps) / torch.sqrt(s + eps) * g
                x -= lr * rescaled
                state["s"], state["delta"] = s, rho * delta + (1 - rho) * rescaled**2
        return loss
