# mistake: the averages are kept in dictionaries of the object, not in self.state, so state_dict does not hold them and a resumed run starts anew.
# diagnosis: not-in-the-state-dict
from typing import Any

import torch


class Adadelta(torch.optim.Optimizer):
    def __init__(self, params, rho: float = 0.9, eps: float = 1e-5, lr: float = 1.0) -> None:
        if lr < 0:
            raise ValueError("lr must be >= 0")
        if not 0 <= rho < 1:
            raise ValueError("rho must be in [0, 1)")
        super().__init__(params, dict(rho=rho, eps=eps, lr=lr))
        self.square_avg: dict[torch.Tensor, torch.Tensor] = {}
        self.acc_delta: dict[torch.Tensor, torch.Tensor] = {}

    @torch.no_grad()
    def step(self, closure=None) -> Any:
        result = None
        if closure is not None:
            with torch.enable_grad():
                result = closure()
        for group in self.param_groups:
            rho, eps, lr = (group[k] for k in ("rho", "eps", "lr"))
            for p in group["params"]:
                if p.grad is None:
                    continue
                if p not in self.square_avg:
                    self.square_avg[p] = torch.zeros_like(p)
                    self.acc_delta[p] = torch.zeros_like(p)
                s, d = self.square_avg[p], self.acc_delta[p]
                s.mul_(rho).add_(p.grad.square(), alpha=1 - rho)
                g = ((d + eps) / (s + eps)).sqrt() * p.grad
                p.add_(g, alpha=-lr)
                d.mul_(rho).add_(g.square(), alpha=1 - rho)
        return result
