"""The learner's own Adam does the step; the decay follows it."""

import torch

from exercises.optimization.adam import Adam


class AdamW(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        super().__init__(params, lr=lr, betas=betas, eps=eps)
        self.defaults["weight_decay"] = weight_decay
        for group in self.param_groups:
            group.setdefault("weight_decay", weight_decay)

    def step(self, closure=None):
        loss = super().step(closure)
        with torch.no_grad():
            for group in self.param_groups:
                for x in group["params"]:
                    if x.grad is not None:
                        x.mul_(1 - group["lr"] * group["weight_decay"])
        return loss
