# mistake: eps is put into s when s is created, so a later change of the group's eps is not seen.
# diagnosis: eps-in-the-sum
import torch


class Adagrad(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01, eps=1e-6):
        if lr < 0:
            raise ValueError("negative lr")
        defaults = {"lr": lr, "eps": eps}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self, closure=None):
        result = None
        if closure:
            with torch.enable_grad():
                result = closure()
        for group in self.param_groups:
            for x in group["params"]:
                g = x.grad
                if g is None:
                    continue
                if x not in self.state:
                    # start from eps: s is never 0 then
                    self.state[x]["s"] = torch.full_like(x, group["eps"])
                s = self.state[x]["s"]
                s.add_(g * g)
                x.sub_(group["lr"] * g * s.rsqrt())
        return result
