# mistake: `if not lr > 0: raise` refuses lr = 0, which is allowed (nothing moves).
# diagnosis: rate-of-zero-refused
from dataclasses import asdict, dataclass

import torch


@dataclass(frozen=True)
class Options:
    lr: float
    momentum: float
    nesterov: bool

    def __post_init__(self):
        if not self.lr > 0:
            raise ValueError(f"the learning rate must be positive, not {self.lr}")
        if not 0 <= self.momentum < 1:
            raise ValueError(f"the momentum must be in [0, 1), not {self.momentum}")


class Momentum(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.9, nesterov=False):
        super().__init__(params, asdict(Options(lr, momentum, nesterov)))

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        todo = [(x, group) for group in self.param_groups for x in group["params"] if x.grad is not None]
        with torch.no_grad():
            for x, group in todo:
                beta = group["momentum"]
                old = self.state[x].get("v", 0.0)
                new = self.state[x]["v"] = x.grad + beta * old
                x.add_(x.grad + beta * new if group["nesterov"] else new, alpha=-group["lr"])
        return loss
