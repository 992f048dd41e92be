# mistake: (1) p.data is bound to a new tensor, whoever shares the old storage does not see the update; (2) Yogi inherits Adam's constructor and with it the default eps = 1e-6 instead of 1e-3.
# diagnosis: not-in-place + yogi-with-adams-eps
import torch
from torch.optim import Optimizer


class Adam(Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        if lr < 0:
            raise ValueError("lr must not be negative")
        if not (0 <= betas[0] < 1 and 0 <= betas[1] < 1):
            raise ValueError("betas must be in [0, 1)")
        super().__init__(params, defaults={"lr": lr, "betas": betas, "eps": eps})

    def _increment(self, g2, s):
        return g2 - s

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()

        for group in self.param_groups:
            lr, (beta1, beta2), eps = group["lr"], group["betas"], group["eps"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                g, state = p.grad.detach(), self.state[p]
                t = state["t"] = state.get("t", 0) + 1
                v, s = state.get("v", torch.zeros_like(g)), state.get("s", torch.zeros_like(g))
                state["v"] = v = v + (1 - beta1) * (g - v)
                state["s"] = s = s + (1 - beta2) * self._increment(g * g, s)
                p.data = p.data - lr * (v / (1 - beta1**t)) / (torch.sqrt(s / (1 - beta2**t)) + eps)
        return loss


class Yogi(Adam):
    """Only the second moment differs."""

    def _increment(self, g2, s):
        return torch.sign(g2 - s) * g2
