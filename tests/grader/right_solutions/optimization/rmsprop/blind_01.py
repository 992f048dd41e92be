"""Right: torch.lerp for the average, eps outside the root, options checked for each group."""
import torch


class RMSprop(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01, gamma=0.9, eps=1e-6):
        if lr < 0:
            raise ValueError("lr must be at least 0")
        if not 0 <= gamma < 1:
            raise ValueError("gamma must be in [0, 1)")
        super().__init__(params, dict(lr=lr, gamma=gamma, eps=eps))
        for group in self.param_groups:
            if group["lr"] < 0 or not 0 <= group["gamma"] < 1:
                raise ValueError("option of a group out of range")

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                if "s" not in self.state[p]:
                    self.state[p]["s"] = torch.zeros_like(p)
                s = self.state[p]["s"]
                s.lerp_(p.grad.square(), 1 - group["gamma"])
                p.sub_(p.grad.div(s.sqrt().add_(group["eps"])).mul_(group["lr"]))
        return loss
