"""Right: both averages in one stacked state tensor (2, *shape), changed in place."""
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
                if "averages" not in self.state[p]:
                    self.state[p]["averages"] = p.new_zeros((2, *p.shape))
                averages = self.state[p]["averages"]
                s, delta = averages[0], averages[1]
                s.mul_(rho).addcmul_(p.grad, p.grad, value=1 - rho)
                update = torch.sqrt((delta + eps) / (s + eps)) * p.grad
                delta.mul_(rho).addcmul_(update, update, value=1 - rho)
                p.add_(update, alpha=-lr)
        return loss
