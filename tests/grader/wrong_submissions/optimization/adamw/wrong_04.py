# mistake: one counter for the whole optimizer (kept in the first group), so a group that joins later does not start with t = 0.
# diagnosis: one-counter-for-all-groups
import torch


class AdamW(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        if lr < 0:
            raise ValueError(f"lr must be at least 0, not {lr}")
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must be in [0, 1), not {betas}")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        first = self.param_groups[0]
        t = first["t"] = first.get("t", 0) + 1
        for group in self.param_groups:
            b1, b2 = group["betas"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                if p not in self.state:
                    self.state[p] = {"v": torch.zeros_like(p), "s": torch.zeros_like(p)}
                v, s = self.state[p]["v"], self.state[p]["s"]
                v.mul_(b1).add_((1 - b1) * p.grad)
                s.mul_(b2).add_((1 - b2) * p.grad * p.grad)
                adam = v.div(1 - b1**t) / (s.div(1 - b2**t).sqrt() + group["eps"])
                p.sub_(group["lr"] * (adam + group["weight_decay"] * p))
        return loss
