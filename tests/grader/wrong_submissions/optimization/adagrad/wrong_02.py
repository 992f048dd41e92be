# mistake: s is made with torch.zeros(x.shape), which is float32, and summed in place, so for float64 parameters s has only float32 precision.
# diagnosis: sum-in-float32
from collections.abc import Callable, Iterable
from typing import Any

import torch


class Adagrad(torch.optim.Optimizer):
    def __init__(self, params: Iterable[Any], lr: float = 0.01, eps: float = 1e-6) -> None:
        if lr < 0.0:
            raise ValueError("lr must not be negative")
        super().__init__(params, {"lr": lr, "eps": eps})

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        value = None
        if closure is not None:
            with torch.enable_grad():
                value = closure()
        with torch.no_grad():
            for group in self.param_groups:
                for x in group["params"]:
                    if x.grad is not None:
                        state = self.state[x]
                        if "s" not in state:
                            state["s"] = torch.zeros(x.shape, device=x.device)
                        state["s"] += x.grad**2
                        x -= group["lr"] * x.grad / torch.sqrt(state["s"] + group["eps"])
        return value
