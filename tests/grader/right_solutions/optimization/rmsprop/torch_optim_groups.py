"""torch.optim.RMSprop, adapted so that groups have a gamma of their own, which is copied to alpha before each step."""

import torch


class RMSprop(torch.optim.RMSprop):
    def __init__(self, params, lr=0.01, gamma=0.9, eps=1e-6):
        if not 0.0 <= gamma < 1.0:
            raise ValueError(f"Invalid gamma value: {gamma}")
        self.gamma = gamma
        super().__init__(params, lr=lr, alpha=gamma, eps=eps)

    def add_param_group(self, param_group):
        super().add_param_group({"gamma": self.gamma, **param_group})

    def step(self, closure=None):
        for group in self.param_groups:
            group["alpha"] = group["gamma"]
        return super().step(closure)
