"""torch.optim.SGD, thinly adapted: its own check allows a momentum of 1 and more."""

import torch


class Momentum(torch.optim.SGD):
    def __init__(self, params, lr, momentum=0.9, nesterov=False):
        if momentum >= 1:
            raise ValueError(f"Invalid momentum value: {momentum}")
        super().__init__(params, lr=lr, momentum=momentum, nesterov=nesterov)
