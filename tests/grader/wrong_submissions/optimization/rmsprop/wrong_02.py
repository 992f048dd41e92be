# mistake: eps is added to s itself at every step, so it accumulates in the average instead of being added under the root only.
# diagnosis: eps-in-the-average
import torch


class RMSprop(torch.optim.Optimizer):
    def __init__(self, params, lr: float = 0.01, gamma: float = 0.9, eps: float = 1e-6):
        if lr < 0:
            raise ValueError(f"invalid lr {lr}")
        if gamma < 0 or gamma >= 1:
            raise ValueError(f"invalid gamma {gamma}")
        super().__init__(params, {"lr": lr, "gamma": gamma, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        value = None
        if closure is not None:
            with torch.enable_grad():
                value = closure()
        for group in self.param_groups:
            for x in group["params"]:
                if x.grad is None:
                    continue
                s = self.state[x].setdefault("s", torch.zeros_like(x))
                s.mul_(group["gamma"]).addcmul_(x.grad, x.grad, value=1 - group["gamma"])
                x.addcdiv_(x.grad, s.add_(group["eps"]).sqrt(), value=-group["lr"])
        return value
