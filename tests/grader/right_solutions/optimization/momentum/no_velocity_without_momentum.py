"""A shortcut where momentum is 0, as in torch.optim.SGD: no velocity is kept then."""
import torch


class Momentum(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.9, nesterov=False):
        if not lr >= 0:
            raise ValueError(f"lr = {lr}")
        if not (0 <= momentum and momentum < 1):
            raise ValueError(f"momentum = {momentum}")
        super().__init__(params, {"lr": lr, "momentum": momentum, "nesterov": nesterov})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._one(p, p.grad, **{k: group[k] for k in ("lr", "momentum", "nesterov")})
        return loss

    def _one(self, p, grad, lr, momentum, nesterov):
        if momentum != 0:
            st = self.state[p]
            if "momentum_buffer" in st:
                buf = st["momentum_buffer"]
                buf.mul_(momentum).add_(grad, alpha=1)
            else:
                buf = st["momentum_buffer"] = torch.clone(grad).detach()
            grad = grad.add(buf, alpha=momentum) if nesterov else buf
        p.add_(grad, alpha=-lr)
