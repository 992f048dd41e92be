# mistake: the decay is applied to the whole group before the check for a gradient, so parameters with grad None decay as well.
# diagnosis: decays-without-a-gradient
import torch


class AdamW(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        if lr < 0 or any(not 0 <= b < 1 for b in betas):
            raise ValueError(f"lr={lr}, betas={betas}")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))

    def step(self, closure=None):
        value = None
        if closure is not None:
            with torch.enable_grad():
                value = closure()
        with torch.no_grad():
            for group in self.param_groups:
                beta1, beta2 = group["betas"]
                for p in group["params"]:
                    p -= group["lr"] * group["weight_decay"] * p
                    if p.grad is None:
                        continue
                    state = self.state[p]
                    t = state["t"] = state.get("t", 0) + 1
                    v = state["v"] = beta1 * state.get("v", 0) + (1 - beta1) * p.grad
                    s = state["s"] = beta2 * state.get("s", 0) + (1 - beta2) * p.grad**2
                    p -= group["lr"] * (v / (1 - beta1**t)) / ((s / (1 - beta2**t)) ** 0.5 + group["eps"])
        return value
