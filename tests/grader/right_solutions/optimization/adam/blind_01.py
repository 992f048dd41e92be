"""Written from the stub alone."""

import torch


class Adam(torch.optim.Optimizer):
    """Explicit loops, every parameter counts its own steps."""

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        if lr < 0:
            raise ValueError(f"lr must be at least 0, not {lr}")
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must be in [0, 1), not {betas}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @staticmethod
    def _move(s, g, beta2):
        return beta2 * s + (1 - beta2) * g**2

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for x in group["params"]:
                if x.grad is None:
                    continue
                state = self.state[x]
                if not state:
                    state["t"], state["v"], state["s"] = 0, torch.zeros_like(x), torch.zeros_like(x)
                state["t"] += 1
                state["v"] = beta1 * state["v"] + (1 - beta1) * x.grad
                state["s"] = self._move(state["s"], x.grad, beta2)
                v_hat = state["v"] / (1 - beta1 ** state["t"])
                s_hat = state["s"] / (1 - beta2 ** state["t"])
                x -= group["lr"] * v_hat / (s_hat.sqrt() + group["eps"])
        return loss


class Yogi(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr, betas, eps)

    @staticmethod
    def _move(s, g, beta2):
        return s + (1 - beta2) * torch.sign(g**2 - s) * g**2
