# mistake: (1) x.data is replaced by a new tensor, an alias of the old storage never sees the update; (2) a missing gradient counts as zeros, so the parameter coasts on and its velocity decays.
# diagnosis: missing-means-zero + replaced-not-updated
import torch


class Momentum(torch.optim.Optimizer):
    """Beginner's version, written straight from the formulas."""

    def __init__(self, params, lr, momentum=0.9, nesterov=False):
        if lr < 0:
            raise ValueError("lr is negative")
        if momentum < 0:
            raise ValueError("momentum is negative")
        if momentum >= 1:
            raise ValueError("momentum is too large")
        defaults = {}
        defaults["lr"] = lr
        defaults["momentum"] = momentum
        defaults["nesterov"] = nesterov
        super().__init__(params, defaults)

    def step(self, closure=None):
        value = None
        if closure is not None:
            value = closure()
        for group in self.param_groups:
            for x in group["params"]:
                if x.grad is None:
                    g = torch.zeros_like(x.data)
                else:
                    g = x.grad.data
                if "v" not in self.state[x]:
                    self.state[x]["v"] = torch.zeros_like(x.data)
                v = self.state[x]["v"]
                v = group["momentum"] * v + g
                self.state[x]["v"] = v
                if group["nesterov"]:
                    x.data = x.data - group["lr"] * (g + group["momentum"] * v)
                else:
                    x.data = x.data - group["lr"] * v
        return value
