# mistake: nesterov is remembered as self.nesterov in the constructor and applies to all groups; only lr and momentum are read from the group.
# diagnosis: nesterov-of-the-constructor
from collections.abc import Iterable

import torch
from torch import nn


class Momentum(torch.optim.Optimizer):
    def __init__(self, params: Iterable, lr: float, momentum: float = 0.9, nesterov: bool = False) -> None:
        self._check(lr, momentum)
        super().__init__(params, {"lr": lr, "momentum": momentum, "nesterov": nesterov})
        self.nesterov = nesterov
        self._rule = self._nesterov_rule if nesterov else self._plain_rule

    @staticmethod
    def _check(lr, momentum):
        if lr < 0:
            raise ValueError("negative learning rate")
        if momentum < 0 or momentum >= 1:
            raise ValueError("momentum not in [0, 1)")

    @staticmethod
    def _plain_rule(g, v, beta):
        return v

    @staticmethod
    def _nesterov_rule(g, v, beta):
        return g + beta * v

    def _velocity(self, p: nn.Parameter):
        return self.state[p].setdefault("velocity", torch.zeros_like(p.data))

    @torch.no_grad()
    def step(self, closure=None):
        result = None
        if closure is not None:
            with torch.enable_grad():
                result = closure()
        for group in self.param_groups:
            beta = group["momentum"]
            for p in filter(lambda q: q.grad is not None, group["params"]):
                v = self._velocity(p)
                v.mul_(beta)
                v.add_(p.grad)
                p.sub_(group["lr"] * self._rule(p.grad, v, beta))
        return result
