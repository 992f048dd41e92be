"""The book's adadelta (d2l 0.17.6, 11.9) in a class: ε and lr come from the group, and zeroing is left to zero_grad."""

import torch


def adadelta(params, states, hyperparams):
    rho, eps = hyperparams["rho"], hyperparams["eps"]
    for p, (s, delta) in zip(params, states):
        with torch.no_grad():
            # In-place updates via [:]
            s[:] = rho * s + (1 - rho) * torch.square(p.grad)
            g = (torch.sqrt(delta + eps) / torch.sqrt(s + eps)) * p.grad
            p[:] -= hyperparams["lr"] * g
            delta[:] = rho * delta + (1 - rho) * g * g


class Adadelta(torch.optim.Optimizer):
    def __init__(self, params, rho=0.9, eps=1e-5, lr=1.0):
        if lr < 0 or rho < 0 or rho >= 1:
            raise ValueError("bad hyperparameters")
        super().__init__(params, dict(rho=rho, eps=eps, lr=lr))

    def step(self, closure=None):
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            for p in params:
                if "states" not in self.state[p]:
                    self.state[p]["states"] = (torch.zeros_like(p), torch.zeros_like(p))
            adadelta(params, [self.state[p]["states"] for p in params], group)
        return loss
