# mistake: the velocities are created whenever the optimizer's own step counter self.t is 0; the counter is no part of state_dict, so a resumed optimizer sets the loaded velocities back to 0.
# diagnosis:
import torch
from torch.optim import Optimizer


class Momentum(Optimizer):
    def __init__(self, params, lr, momentum=0.9, nesterov=False):
        if lr < 0 or not (0 <= momentum < 1):
            raise ValueError("lr must be >= 0 and momentum in [0, 1)")
        super().__init__(params, dict(lr=lr, momentum=momentum, nesterov=nesterov))
        self.t = 0

    def step(self, closure=None):
        loss = closure() if closure else None
        if self.t == 0:
            for group in self.param_groups:
                for x in group["params"]:
                    self.state[x]["v"] = torch.zeros_like(x, requires_grad=False)
        self.t += 1
        with torch.no_grad():
            for group in self.param_groups:
                eta, beta = group["lr"], group["momentum"]
                for x in group["params"]:
                    g = x.grad
                    if g is None:
                        continue
                    v = beta * self.state[x]["v"] + g
                    self.state[x]["v"] = v
                    if group["nesterov"]:
                        x -= eta * (g + beta * v)
                    else:
                        x -= eta * v
        return loss
