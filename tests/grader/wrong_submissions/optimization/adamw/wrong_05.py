# mistake: foreach version without a guard for an empty list: a step in which no parameter of a group has a gradient raises RuntimeError.
# diagnosis:
import torch


class AdamW(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        if lr < 0 or any(not 0 <= beta < 1 for beta in betas):
            raise ValueError(f"{lr=}, {betas=}")
        super().__init__(params, dict(lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, t=0))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            group["t"] += 1
            (beta1, beta2), t = group["betas"], group["t"]
            params = [x for x in group["params"] if x.grad is not None]
            grads = [x.grad for x in params]
            for x in params:
                if not self.state[x]:
                    self.state[x].update(v=torch.zeros_like(x), s=torch.zeros_like(x))
            v, s = ([self.state[x][name] for x in params] for name in "vs")
            torch._foreach_mul_(params, 1 - group["lr"] * group["weight_decay"])
            torch._foreach_lerp_(v, grads, 1 - beta1)
            torch._foreach_mul_(s, beta2)
            torch._foreach_addcmul_(s, grads, grads, 1 - beta2)
            root = torch._foreach_div(s, 1 - beta2**t)
            torch._foreach_sqrt_(root)
            torch._foreach_add_(root, group["eps"])
            torch._foreach_addcdiv_(params, v, root, value=-group["lr"] / (1 - beta1**t))
        return loss
