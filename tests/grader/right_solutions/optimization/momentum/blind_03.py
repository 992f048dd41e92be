"""Written from the stub alone."""

# Unusual: works on .data, keeps u = v/beta-free "minus velocity", and makes the Nesterov step in two moves.
import torch


class Momentum(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.9, nesterov=False):
        if not (lr >= 0):
            raise ValueError("lr < 0")
        if not (0 <= momentum < 1):
            raise ValueError("momentum outside [0, 1)")
        super().__init__(params, {"lr": lr, "momentum": momentum, "nesterov": nesterov})

    def add_param_group(self, param_group):
        super().add_param_group(param_group)
        for x in self.param_groups[-1]["params"]:
            self.state[x]["minus_v"] = torch.zeros_like(x.data)

    def step(self, closure=None):
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            eta, beta, nesterov = (group[key] for key in ("lr", "momentum", "nesterov"))
            for x in group["params"]:
                if x.grad is None:
                    continue
                g = x.grad.detach()
                u = self.state[x]["minus_v"]
                torch.sub(beta * u, g, out=u)
                if nesterov:
                    x.data.add_(u, alpha=eta * beta)
                    x.data.sub_(g, alpha=eta)
                else:
                    x.data.add_(u, alpha=eta)
        return loss
