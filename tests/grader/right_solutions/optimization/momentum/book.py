"""The book's sgd_momentum (d2l 0.17.6, 11.6) in a class: zeroing is left to zero_grad, Nesterov's step is added."""

import torch


def sgd_momentum(params, states, hyperparams):
    for p, v in zip(params, states):
        with torch.no_grad():
            v[:] = hyperparams["momentum"] * v + p.grad
            if hyperparams["nesterov"]:
                p[:] -= hyperparams["lr"] * (p.grad + hyperparams["momentum"] * v)
            else:
                p[:] -= hyperparams["lr"] * v


class Momentum(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.9, nesterov=False):
        if lr < 0 or momentum < 0 or momentum >= 1:
            raise ValueError("bad hyperparameters")
        super().__init__(params, dict(lr=lr, momentum=momentum, nesterov=nesterov))

    def step(self, closure=None):
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            for p in params:
                if "v" not in self.state[p]:
                    self.state[p]["v"] = torch.zeros_like(p)
            states = [self.state[p]["v"] for p in params]
            sgd_momentum(params, states, group)
        return loss
