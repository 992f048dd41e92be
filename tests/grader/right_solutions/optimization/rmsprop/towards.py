"""s + (1 − γ)(g² − s), new tensors in the state; the rate of each coordinate is computed first; p.copy_ writes back."""

import torch


class RMSprop(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01, gamma=0.9, eps=1e-6):
        for name, value, legal in (("lr", lr, lr >= 0), ("gamma", gamma, 0 <= gamma < 1)):
            if not legal:
                raise ValueError(f"{name}={value}")
        super().__init__(params, dict(lr=lr, gamma=gamma, eps=eps))

    @torch.no_grad()
    def step(self, closure=None):
        with torch.enable_grad():
            loss = None if closure is None else closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    state, square = self.state[p], p.grad.pow(2)
                    old = state.get("s", torch.zeros_like(p))
                    state["s"] = old + (1 - group["gamma"]) * (square - old)
                    rate = group["lr"] / (state["s"].sqrt() + group["eps"])
                    p.copy_(p - rate * p.grad)
        return loss
