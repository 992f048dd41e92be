"""Right: FactorScheduler counts its own calls and starts at base_lr; bisect; the warm-up by interpolation, s clipped to [0, 1]."""
from bisect import bisect
from math import cos, exp, log, pi


class SquareRootScheduler:
    def __init__(self, lr: float = 0.1) -> None:
        self.lr = lr

    def __call__(self, t: int) -> float:
        return self.lr * exp(-log(t + 1) / 2)


class FactorScheduler:
    def __init__(self, factor: float = 1, stop_factor_lr: float = 1e-7, base_lr: float = 0.1) -> None:
        self.factor = factor
        self.stop_factor_lr = stop_factor_lr
        self.base_lr = base_lr
        self.next_lr = base_lr

    def __call__(self, t: int) -> float:
        lr = max(self.next_lr, self.stop_factor_lr)
        self.next_lr *= self.factor
        return lr


class MultiFactorScheduler:
    def __init__(self, milestones: list[int], factor: float, base_lr: float) -> None:
        self.milestones = milestones
        self.factor = factor
        self.base_lr = base_lr

    def __call__(self, t: int) -> float:
        return self.base_lr * self.factor ** bisect(self.milestones, t)


class CosineScheduler:
    def __init__(
        self,
        max_update: int,
        base_lr: float = 0.01,
        final_lr: float = 0,
        warmup_steps: int = 0,
        warmup_begin_lr: float = 0,
    ) -> None:
        self.max_update = max_update
        self.base_lr = base_lr
        self.final_lr = final_lr
        self.warmup_steps = warmup_steps
        self.warmup_begin_lr = warmup_begin_lr

    def __call__(self, t: int) -> float:
        if t < self.warmup_steps:
            part = t / self.warmup_steps
            return self.warmup_begin_lr * (1 - part) + self.base_lr * part
        s = min((t - self.warmup_steps) / max(self.max_update - self.warmup_steps, 1), 1.0)
        if t > self.max_update:
            s = 1.0
        return self.final_lr + (self.base_lr - self.final_lr) * (0.5 + 0.5 * cos(pi * s))
