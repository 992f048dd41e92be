"""Written from the stub alone."""

from collections.abc import Callable, Iterable
from typing import Any

import torch


class Momentum(torch.optim.Optimizer):
    """Explicit loops, out-of-place velocity."""

    def __init__(
        self,
        params: Iterable[torch.nn.Parameter] | Iterable[dict[str, Any]],
        lr: float,
        momentum: float = 0.9,
        nesterov: bool = False,
    ) -> None:
        if lr < 0:
            raise ValueError(f"lr must be at least 0, not {lr}")
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be in [0, 1), not {momentum}")
        super().__init__(params, {"lr": lr, "momentum": momentum, "nesterov": nesterov})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            lr, beta = group["lr"], group["momentum"]
            for x in group["params"]:
                if x.grad is None:
                    continue
                g = x.grad
                v = self.state[x].get("v")
                v = g.clone() if v is None else beta * v + g
                self.state[x]["v"] = v
                x -= lr * (g + beta * v if group["nesterov"] else v)
        return loss
