"""torch.optim.Adadelta itself, thinly adapted: its own check allows a rho of 1."""

import torch


class Adadelta(torch.optim.Adadelta):
    def __init__(self, params, rho=0.9, eps=1e-5, lr=1.0):
        if rho >= 1:
            raise ValueError(f"Invalid rho value: {rho}")
        super().__init__(params, lr=lr, rho=rho, eps=eps)
