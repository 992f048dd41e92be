"""Right: s is made eagerly in add_param_group, updates go through .data with plain arithmetic, eps inside the root."""
from collections.abc import Callable
from typing import Any

import torch


class Adagrad(torch.optim.Optimizer):
    def __init__(self, params, lr: float = 0.01, eps: float = 1e-6) -> None:
        if lr < 0:
            raise ValueError("lr < 0")
        super().__init__(params, {"lr": lr, "eps": eps})

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        super().add_param_group(param_group)
        group = self.param_groups[-1]
        if group["lr"] < 0:
            raise ValueError("lr < 0")
        for x in group["params"]:
            self.state[x]["sum_of_squares"] = torch.zeros_like(x.data)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        value = None
        if closure is not None:
            with torch.enable_grad():
                value = closure()
        for group in self.param_groups:
            for x in group["params"]:
                if x.grad is None:
                    continue
                g = x.grad.detach()
                s = self.state[x]["sum_of_squares"] + g**2
                self.state[x]["sum_of_squares"] = s
                x.data.copy_(x.data - group["lr"] / (s + group["eps"]) ** 0.5 * g)
        return value
