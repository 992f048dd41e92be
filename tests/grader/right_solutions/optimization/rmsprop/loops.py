"""Number by number in plain Python; the averages are lists of floats."""

import math

import torch


class RMSprop(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01, gamma=0.9, eps=1e-6):
        if not lr >= 0:
            raise ValueError("lr must be >= 0")
        if gamma < 0 or gamma >= 1:
            raise ValueError("gamma must be in [0, 1)")
        super().__init__(params, {"eps": eps, "gamma": gamma, "lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        with torch.enable_grad():
            loss = None if closure is None else float(closure())
        for group in self.param_groups:
            gamma = group["gamma"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                s, flat = self.state[p].setdefault("s", [0.0] * p.numel()), p.data.view(-1)
                for i, g in enumerate(p.grad.reshape(-1).tolist()):
                    s[i] = gamma * s[i] + (1 - gamma) * g**2
                    flat[i] = float(flat[i]) - group["lr"] * g / math.sqrt(s[i] + group["eps"])
        return loss
