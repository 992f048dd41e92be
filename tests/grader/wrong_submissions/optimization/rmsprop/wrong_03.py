# mistake: a missing gradient is treated as a zero gradient, so s of a skipped parameter decays.
# diagnosis: missing-means-zero
import torch


class RMSprop(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01, gamma=0.9, eps=1e-6):
        if lr < 0 or not (0 <= gamma < 1):
            raise ValueError(f"lr={lr}, gamma={gamma}")
        super().__init__(params, dict(lr=lr, gamma=gamma, eps=eps))

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    g = p.grad if p.grad is not None else torch.zeros_like(p)
                    state = self.state[p]
                    if "square_avg" not in state:
                        state["square_avg"] = torch.zeros_like(p)
                    avg = state["square_avg"]
                    avg.mul_(group["gamma"]).add_((1 - group["gamma"]) * g * g)
                    p -= group["lr"] * g / (avg.sqrt() + group["eps"])
        return loss
