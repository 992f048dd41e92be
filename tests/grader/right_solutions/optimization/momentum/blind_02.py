"""Written from the stub alone."""

# foreach; velocities made in bulk. The closure is called in the simplest way.
import torch


class Momentum(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.9, nesterov=False):
        if lr < 0 or momentum < 0 or momentum >= 1:
            raise ValueError(f"out of range: {lr=}, {momentum=}")
        super().__init__(params, dict(nesterov=nesterov, momentum=momentum, lr=lr))

    def step(self, closure=None):
        loss = closure() if closure is not None else None
        for group in self.param_groups:
            self._update([x for x in group["params"] if x.grad is not None], group)
        return loss

    @torch.no_grad()
    def _update(self, xs, group):
        if not xs:
            return
        for x in xs:
            if "velocity" not in self.state[x]:
                self.state[x]["velocity"] = torch.zeros_like(x)
        gs = [x.grad for x in xs]
        vs = [self.state[x]["velocity"] for x in xs]
        torch._foreach_mul_(vs, group["momentum"])
        torch._foreach_add_(vs, gs)
        if not group["nesterov"]:
            torch._foreach_add_(xs, vs, alpha=-group["lr"])
            return
        ahead = torch._foreach_mul(vs, group["momentum"])
        torch._foreach_add_(ahead, gs)
        torch._foreach_add_(xs, ahead, alpha=-group["lr"])
