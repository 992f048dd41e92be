"""The book's rmsprop (d2l 0.17.6, 11.8) in a class: ε comes from the group, and zeroing is left to zero_grad."""

import torch


def rmsprop(params, states, hyperparams):
    gamma, eps = hyperparams["gamma"], hyperparams["eps"]
    for p, s in zip(params, states):
        with torch.no_grad():
            s[:] = gamma * s + (1 - gamma) * torch.square(p.grad)
            p[:] -= hyperparams["lr"] * p.grad / torch.sqrt(s + eps)


class RMSprop(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01, gamma=0.9, eps=1e-6):
        if lr < 0 or gamma < 0 or gamma >= 1:
            raise ValueError("bad hyperparameters")
        super().__init__(params, dict(lr=lr, gamma=gamma, eps=eps))

    def step(self, closure=None):
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            for p in params:
                if "s" not in self.state[p]:
                    self.state[p]["s"] = torch.zeros_like(p)
            rmsprop(params, [self.state[p]["s"] for p in params], group)
        return loss
