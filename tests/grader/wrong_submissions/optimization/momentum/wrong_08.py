# mistake: foreach version that keeps a list of velocities by position among the parameters that HAVE a gradient; once another set of parameters has gradients, velocities get mixed up between parameters.
# diagnosis:
import torch


class Momentum(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.9, nesterov=False):
        if lr < 0:
            raise ValueError(f"lr must not be negative: {lr}")
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be in [0, 1): {momentum}")
        super().__init__(params, dict(lr=lr, momentum=momentum, nesterov=nesterov))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            xs = [x for x in group["params"] if x.grad is not None]
            if not xs:
                continue
            gs = [x.grad for x in xs]
            memory = group.setdefault("velocities", [])
            while len(memory) < len(xs):
                memory.append(torch.zeros_like(xs[len(memory)]))
            vs = memory[: len(xs)]
            torch._foreach_mul_(vs, group["momentum"])
            torch._foreach_add_(vs, gs)
            if group["nesterov"]:
                torch._foreach_add_(xs, torch._foreach_add(gs, vs, alpha=group["momentum"]), alpha=-group["lr"])
            else:
                torch._foreach_add_(xs, vs, alpha=-group["lr"])
        return loss
