"""Right: book style, a tuple (s, delta) as state, everything out of place but the last copy into .data."""
import torch


class Adadelta(torch.optim.Optimizer):
    def __init__(self, params, rho=0.9, eps=1e-5, lr=1.0):
        for name, bad in (("rho", not 0 <= rho < 1), ("lr", lr < 0)):
            if bad:
                raise ValueError(f"{name} is out of range")
        super().__init__(params, {"rho": rho, "eps": eps, "lr": lr})

    def step(self, closure=None):
        value = None
        if closure is not None:
            with torch.enable_grad():
                value = closure()
        for group in self.param_groups:
            rho, eps = group["rho"], group["eps"]
            for x in group["params"]:
                if x.grad is not None:
                    g = x.grad.detach()
                    zero = torch.zeros_like(g)
                    s, delta = self.state[x].get("averages", (zero, zero))
                    s = rho * s + (1 - rho) * torch.square(g)
                    g_prime = torch.sqrt(delta + eps) / torch.sqrt(s + eps) * g
                    x.data.copy_(x.data - group["lr"] * g_prime)
                    delta = rho * delta + (1 - rho) * g_prime * g_prime
                    self.state[x]["averages"] = (s, delta)
        return value
