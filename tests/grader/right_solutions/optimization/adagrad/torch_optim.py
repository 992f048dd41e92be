"""torch.optim.Adagrad itself, with the stub's defaults: ε stands outside the root."""

import torch


class Adagrad(torch.optim.Adagrad):
    def __init__(self, params, lr=0.01, eps=1e-6):
        super().__init__(params, lr=lr, eps=eps)
