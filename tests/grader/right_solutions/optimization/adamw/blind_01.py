"""Right: a counter per group in param_groups, moved once per step; decay first; foreach functions."""
import torch


class AdamW(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        if lr < 0:
            raise ValueError(f"Invalid lr: {lr}")
        for beta in betas:
            if beta < 0 or beta >= 1:
                raise ValueError(f"Invalid beta: {beta}")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, t=0))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            group["t"] += 1
            t, (b1, b2) = group["t"], group["betas"]
            xs = [x for x in group["params"] if x.grad is not None]
            if not xs:
                continue
            for x in xs:
                if not self.state[x]:
                    self.state[x]["v"] = torch.zeros_like(x)
                    self.state[x]["s"] = torch.zeros_like(x)
            gs = [x.grad for x in xs]
            vs = [self.state[x]["v"] for x in xs]
            ss = [self.state[x]["s"] for x in xs]
            torch._foreach_mul_(vs, b1)
            torch._foreach_add_(vs, gs, alpha=1 - b1)
            torch._foreach_mul_(ss, b2)
            torch._foreach_addcmul_(ss, gs, gs, value=1 - b2)
            roots = torch._foreach_sqrt(torch._foreach_div(ss, 1 - b2**t))
            torch._foreach_add_(roots, group["eps"])
            torch._foreach_mul_(xs, 1 - group["lr"] * group["weight_decay"])
            torch._foreach_addcdiv_(xs, vs, roots, value=-group["lr"] / (1 - b1**t))
        return loss
