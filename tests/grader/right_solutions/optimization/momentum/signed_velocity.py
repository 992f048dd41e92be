"""The velocity points downhill (u = -v), entry by entry on flat views; p.copy_ writes the result back."""

import torch


class Momentum(torch.optim.Optimizer):
    def __init__(self, params, lr, momentum=0.9, nesterov=False):
        for name, value, legal in (("lr", lr, lr >= 0), ("momentum", momentum, 0 <= momentum < 1)):
            if not legal:
                raise ValueError(f"{name}={value}")
        super().__init__(params, dict(lr=lr, momentum=momentum, nesterov=nesterov))

    def __setstate__(self, state):
        super().__setstate__(state)

    @torch.no_grad()
    def step(self, closure=None):
        with torch.enable_grad():
            loss = None if closure is None else float(closure())
        for group in self.param_groups:
            beta = group["momentum"]
            for p in filter(lambda p: p.grad is not None, group["params"]):
                u = self.state[p].setdefault("u", [0.0] * p.numel())
                x, g = p.reshape(-1).tolist(), p.grad.reshape(-1).tolist()
                for i in range(len(x)):
                    u[i] = beta * u[i] - g[i]
                    x[i] += group["lr"] * (beta * u[i] - g[i] if group["nesterov"] else u[i])
                p.copy_(torch.tensor(x, dtype=p.dtype).reshape(p.shape))
        return loss
