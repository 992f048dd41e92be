# mistake: Yogi's sign is written as torch.where(g2 > s, 1, -1), so sign(0) = -1: where g*g equals s exactly, s shrinks instead of staying.
# diagnosis: yogi-moves-at-equality
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor


class Adam(torch.optim.Optimizer):
    def __init__(self, params: Any, lr: float = 0.001, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-6):
        if lr < 0:
            raise ValueError(f"lr should be at least 0, got {lr}")
        for i, beta in enumerate(betas, 1):
            if beta < 0 or beta >= 1:
                raise ValueError(f"beta{i} should be in [0, 1), got {beta}")
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    def second_moment_(self, s: Tensor, g: Tensor, beta: float) -> None:
        s.lerp_(g.square(), 1 - beta)

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        value = None
        if closure is not None:
            with torch.enable_grad():
                value = closure()
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for x in group["params"]:
                if (g := x.grad) is None:
                    continue
                memory = self.state[x]
                if "t" not in memory:
                    memory |= {"t": 0, "v": torch.zeros_like(x), "s": torch.zeros_like(x)}
                memory["t"] += 1
                memory["v"].lerp_(g, 1 - beta1)
                self.second_moment_(memory["s"], g, beta2)
                numerator = memory["v"] / (1 - beta1 ** memory["t"])
                denominator = (memory["s"] / (1 - beta2 ** memory["t"])).sqrt() + group["eps"]
                x -= group["lr"] * numerator / denominator
        return value


class Yogi(Adam):
    def __init__(self, params: Any, lr: float = 0.001, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-3):
        super().__init__(params, lr, betas, eps)

    def second_moment_(self, s: Tensor, g: Tensor, beta: float) -> None:
        g2 = g.square()
        s += (1 - beta) * torch.where(g2 > s, g2, -g2)
