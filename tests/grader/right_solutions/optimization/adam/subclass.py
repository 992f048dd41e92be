"""PyTorch's style written by hand: lerp_, addcmul_ and addcdiv_ on self.state, one subclass for the other rule."""

import torch
from torch.optim import Optimizer


class Adam(Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-6):
        if lr < 0.0:
            raise ValueError("lr must not be negative")
        for beta in betas:
            if beta < 0.0 or beta >= 1.0:
                raise ValueError("betas must lie in [0, 1)")
        super().__init__(params, defaults={"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in filter(lambda p: p.grad is not None, group["params"]):
                self._update(p, p.grad, self.state[p], group)
        return loss

    def _update(self, p, grad, state, group):
        beta1, beta2 = group["betas"]
        if "step" not in state:
            state["step"] = torch.zeros((), dtype=torch.float64)
            state["m"] = torch.zeros_like(p, memory_format=torch.preserve_format)
            state["v"] = torch.zeros_like(p, memory_format=torch.preserve_format)
        state["step"] += 1
        t = state["step"].item()
        state["m"].lerp_(grad, 1 - beta1)
        self._second(state["v"], grad, beta2)
        step_size = group["lr"] * (1 - beta2**t) ** 0.5 / (1 - beta1**t)
        p.addcdiv_(state["m"], state["v"].sqrt() + group["eps"] * (1 - beta2**t) ** 0.5, value=-step_size)

    @staticmethod
    def _second(v, grad, beta2):
        v.mul_(beta2).addcmul_(grad, grad, value=1 - beta2)


class Yogi(Adam):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr=lr, betas=betas, eps=eps)

    @staticmethod
    def _second(v, grad, beta2):
        square = grad.pow(2)
        v.copy_(torch.where(square > v, v + (1 - beta2) * square, torch.where(square < v, v - (1 - beta2) * square, v)))
