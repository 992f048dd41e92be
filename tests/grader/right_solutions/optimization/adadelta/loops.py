"""Number by number in plain Python; the averages are lists of pairs of floats."""

import math

import torch


class Adadelta(torch.optim.Optimizer):
    def __init__(self, params, rho=0.9, eps=1e-5, lr=1.0):
        if not lr >= 0:
            raise ValueError("lr must be >= 0")
        if rho < 0 or rho >= 1:
            raise ValueError("rho must be in [0, 1)")
        super().__init__(params, {"eps": eps, "rho": rho, "lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        with torch.enable_grad():
            loss = None if closure is None else float(closure())
        for group in self.param_groups:
            rho, eps = group["rho"], group["eps"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                pairs, flat = self.state[p].setdefault("pairs", [(0.0, 0.0)] * p.numel()), p.data.view(-1)
                for i, g in enumerate(p.grad.reshape(-1).tolist()):
                    s, delta = pairs[i]
                    s = rho * s + (1 - rho) * g * g
                    step = math.sqrt((delta + eps) / (s + eps)) * g
                    pairs[i] = s, rho * delta + (1 - rho) * step * step
                    flat[i] = float(flat[i]) - group["lr"] * step
        return loss
