"""Number by number in plain Python; the sums are lists of floats; a missing gradient counts as zero, which is the same."""

import torch


class Adagrad(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01, eps=1e-6):
        if not lr >= 0:
            raise ValueError("lr must be >= 0")
        super().__init__(params, {"eps": eps, "lr": lr})

    @torch.no_grad()
    def step(self, closure=None):
        with torch.enable_grad():
            loss = None if closure is None else float(closure())
        for group in self.param_groups:
            for p in group["params"]:
                grad = [0.0] * p.numel() if p.grad is None else p.grad.reshape(-1).tolist()
                s, flat = self.state[p].setdefault("s", [0.0] * p.numel()), p.data.view(-1)
                for i, g in enumerate(grad):
                    s[i] += g * g
                    flat[i] = float(flat[i]) - group["lr"] * g / (s[i] + group["eps"]) ** 0.5
        return loss
