# mistake: x = x - … in the loop binds the name to a new tensor; the parameters themselves never move.
# diagnosis: rebinds
"""Adam and Yogi: the reference. v is the average of the gradients, s that of their squares, as in the book."""

import torch


class Adam(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        if lr < 0:
            raise ValueError(f"lr is {lr}, expected at least 0")
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas are {betas}, expected two numbers in [0, 1)")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            lr, (beta1, beta2), eps = group["lr"], group["betas"], group["eps"]
            for x in group["params"]:
                if x.grad is None:
                    continue
                g, state = x.grad, self.state[x]  # g: (*) like x, and so is every tensor below
                if not state:
                    state.update(t=0, v=torch.zeros_like(x), s=torch.zeros_like(x))
                state["t"] += 1
                t, v, s = state["t"], state["v"], state["s"]
                v += (1 - beta1) * (g - v)  # (*): the same as v ← β₁v + (1 - β₁)g
                s += (1 - beta2) * self._change_of_s(s, g)  # (*)
                v_hat = v / (1 - beta1**t)  # (*)
                s_hat = s / (1 - beta2**t)  # (*)
                x = x - lr * v_hat / (torch.sqrt(s_hat) + eps)  # (*)
        return loss

    def _change_of_s(self, s, g):
        return g**2 - s  # (*): the same as s ← β₂s + (1 - β₂)g²


class Yogi(Adam):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        super().__init__(params, lr, betas, eps)

    def _change_of_s(self, s, g):
        return torch.sign(g**2 - s) * g**2  # (*): never more than g², however large s is
