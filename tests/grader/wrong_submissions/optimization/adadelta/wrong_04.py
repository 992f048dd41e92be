# mistake: rho and eps are taken from the first group for all groups; only lr is read from each parameter's own.
# diagnosis: options-of-the-first-group
import torch


class Adadelta(torch.optim.Optimizer):
    def __init__(self, params, rho=0.9, eps=1e-5, lr=1.0):
        if lr < 0:
            raise ValueError(f"lr = {lr} < 0")
        if not 0 <= rho < 1:
            raise ValueError(f"rho = {rho} is not in [0, 1)")
        super().__init__(params, dict(rho=rho, eps=eps, lr=lr))

    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        rho = self.param_groups[0]["rho"]
        eps = self.param_groups[0]["eps"]
        for group in self.param_groups:
            for x in group["params"]:
                if x.grad is None:
                    continue
                state = self.state[x]
                if "s" not in state:
                    state.update(s=torch.zeros_like(x), delta=torch.zeros_like(x))
                state["s"].mul_(rho).add_((1 - rho) * x.grad**2)
                step = (state["delta"] + eps).sqrt() * (state["s"] + eps).rsqrt() * x.grad
                x.sub_(group["lr"] * step)
                state["delta"].mul_(rho).add_((1 - rho) * step**2)
        return loss
