"""Written from the stub alone."""

# In-place buffers (lerp, out=), state allocated with the group, unusual order: lr*sqrt(c2)/c1 with eps scaled along.
import math

import torch


class Yogi(torch.optim.Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        if not lr >= 0:
            raise ValueError("lr is negative")
        for beta in betas:
            if not 0 <= beta < 1:
                raise ValueError("a beta is outside [0, 1)")
        super().__init__(params, {"lr": lr, "betas": tuple(betas), "eps": eps})

    def add_param_group(self, param_group):
        super().add_param_group(param_group)
        for x in self.param_groups[-1]["params"]:
            zeros = torch.zeros_like(x.data)
            self.state[x].update(count=0, v=zeros, s=zeros.clone())

    def _second_(self, s, g, keep):
        change = g.square()
        s.add_(change.mul_(torch.sign(change - s)), alpha=1 - keep)

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            keep_v, keep_s = group["betas"]
            for x in group["params"]:
                if x.grad is None:
                    continue
                state, g = self.state[x], x.grad.data
                state["count"] += 1
                state["v"].lerp_(g, 1 - keep_v)
                self._second_(state["s"], g, keep_s)
                root = math.sqrt(1 - keep_s ** state["count"])
                size = group["lr"] * root / (1 - keep_v ** state["count"])
                scale = torch.sqrt(state["s"]).add_(group["eps"] * root)
                x.data.sub_(torch.div(state["v"], scale, out=scale), alpha=size)
        return loss


class Adam(Yogi):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        super().__init__(params, lr, betas, eps)

    def _second_(self, s, g, keep):
        s.lerp_(g.square(), 1 - keep)
