"""Keras's order: running powers of the betas, new tensors put into the state, one step size for all."""

import torch


class Adam(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        beta1, beta2 = betas
        if not (lr >= 0 and 0 <= beta1 < 1 and 0 <= beta2 < 1):
            raise ValueError(f"lr={lr}, betas={betas}: not allowed")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps))

    def step(self, closure=None):
        loss = None
        if closure is not None:
            loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        p.copy_(p + self._direction(self.state[p], p.grad, *group["betas"], group["eps"]) * -group["lr"])
        return loss

    def _direction(self, state, g, beta1, beta2, eps):
        zero = torch.zeros_like(g)
        state["power1"] = state.get("power1", 1.0) * beta1
        state["power2"] = state.get("power2", 1.0) * beta2
        m, v = state.get("m", zero), state.get("v", zero)
        state["m"] = m + (g - m) * (1 - beta1)
        state["v"] = self._second(v, torch.square(g), beta2)
        root = torch.sqrt(state["v"] / (1 - state["power2"]))
        return state["m"] / ((root + eps) * (1 - state["power1"]))

    def _second(self, v, squared, beta2):
        return v + (squared - v) * (1 - beta2)


class Yogi(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr, betas, eps)

    def _second(self, v, squared, beta2):
        return v - (1 - beta2) * torch.sign(v - squared) * squared
