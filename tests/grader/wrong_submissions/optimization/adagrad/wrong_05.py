# mistake: Skips groups with lr = 0 entirely, so that s misses the gradients seen there (warm-up from 0).
# diagnosis: still-groups-skipped
from collections.abc import Callable, Iterable
from typing import Any

import torch


class Adagrad(torch.optim.Optimizer):
    def __init__(
        self,
        params: Iterable[torch.nn.Parameter] | Iterable[dict[str, Any]],
        lr: float = 0.01,
        eps: float = 1e-6,
    ) -> None:
        if lr < 0:
            raise ValueError(f"lr must not be negative, got {lr}")
        super().__init__(params, {"lr": lr, "eps": eps})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            lr = group["lr"]
            if lr == 0:
                continue  # nothing moves
            eps = group["eps"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                g = p.grad
                state = self.state[p]
                if "s" not in state:
                    state["s"] = torch.zeros_like(p)
                s = state["s"]
                s += g * g
                p -= lr * g / torch.sqrt(s + eps)
        return loss
