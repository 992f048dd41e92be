"""torch.optim.SGD, adapted: its own check allows a momentum of 1 and more, and it keeps no velocity while momentum is 0."""

import torch


class Momentum(torch.optim.SGD):
    def __init__(self, params, lr, momentum=0.9, nesterov=False):
        if momentum >= 1:
            raise ValueError(f"Invalid momentum value: {momentum}")
        super().__init__(params, lr=lr, momentum=momentum, nesterov=nesterov)

    def step(self, closure=None):
        loss = super().step(closure)
        for group in self.param_groups:
            for p in group["params"]:
                if group["momentum"] == 0 and p.grad is not None:
                    self.state[p]["momentum_buffer"] = p.grad.clone()
        return loss
