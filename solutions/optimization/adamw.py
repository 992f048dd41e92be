"""AdamW: the reference. Adam as before, and a weight decay that goes straight to x."""

import torch


class AdamW(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        if lr < 0:
            raise ValueError(f"lr is {lr}, expected at least 0")
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas are {betas}, expected two numbers in [0, 1)")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            lr, (beta1, beta2), eps, decay = group["lr"], group["betas"], group["eps"], group["weight_decay"]
            for x in group["params"]:
                if x.grad is None:
                    continue
                g, state = x.grad, self.state[x]  # g: (*) like x, and so is every tensor below
                if not state:
                    state.update(t=0, v=torch.zeros_like(x), s=torch.zeros_like(x))
                state["t"] += 1
                t, v, s = state["t"], state["v"], state["s"]
                v += (1 - beta1) * (g - v)  # (*): the same as v ← β₁v + (1 - β₁)g
                s += (1 - beta2) * (g**2 - s)  # (*): the same as s ← β₂s + (1 - β₂)g²
                v_hat = v / (1 - beta1**t)  # (*)
                s_hat = s / (1 - beta2**t)  # (*)
                x -= lr * decay * x  # (*): decoupled, it sees neither g nor the averages
                x -= lr * v_hat / (torch.sqrt(s_hat) + eps)  # (*)
        return loss
