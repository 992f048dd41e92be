# mistake: the average of the squared steps takes lr * g' instead of g' (no difference while lr is 1).
# diagnosis: delta-averages-moves
import torch


class Adadelta(torch.optim.Optimizer):
    def __init__(self, params, rho=0.9, eps=1e-5, lr=1.0):
        if lr < 0:
            raise ValueError(f"Invalid lr: {lr}")
        if not 0 <= rho < 1:
            raise ValueError(f"Invalid rho: {rho}")
        super().__init__(params, dict(rho=rho, eps=eps, lr=lr))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            rho, eps, lr = group["rho"], group["eps"], group["lr"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["s"] = torch.zeros_like(p)
                    state["delta"] = torch.zeros_like(p)
                s, delta = state["s"], state["delta"]
                s.mul_(rho).addcmul_(p.grad, p.grad, value=1 - rho)
                update = lr * (delta + eps).sqrt() / (s + eps).sqrt() * p.grad
                p.sub_(update)
                delta.mul_(rho).addcmul_(update, update, value=1 - rho)
        return loss
