# mistake: the warm-up is asked with t <= warmup_steps, which divides by 0 at t = 0 if there is no warm-up (the default).
# diagnosis: warm-up-one-update-too-long
import math


class SquareRootScheduler:
    def __init__(self, lr: float = 0.1) -> None:
        self.lr = lr

    def __call__(self, t: int) -> float:
        return self.lr / math.sqrt(t + 1)


class FactorScheduler:
    def __init__(self, factor: float = 1, stop_factor_lr: float = 1e-7, base_lr: float = 0.1) -> None:
        self.factor = factor
        self.stop_factor_lr = stop_factor_lr
        self.base_lr = base_lr

    def __call__(self, t: int) -> float:
        return max(self.stop_factor_lr, self.base_lr * self.factor**t)


class MultiFactorScheduler:
    def __init__(self, milestones: list[int], factor: float, base_lr: float) -> None:
        self.milestones = milestones
        self.factor = factor
        self.base_lr = base_lr

    def __call__(self, t: int) -> float:
        passed = sum(1 for milestone in self.milestones if milestone <= t)
        return self.base_lr * self.factor**passed


class CosineScheduler:
    def __init__(
        self, max_update: int, base_lr: float = 0.01, final_lr: float = 0, warmup_steps: int = 0, warmup_begin_lr: float = 0
    ) -> None:
        self.max_update = max_update
        self.base_lr = base_lr
        self.final_lr = final_lr
        self.warmup_steps = warmup_steps
        self.warmup_begin_lr = warmup_begin_lr

    def __call__(self, t: int) -> float:
        if t <= self.warmup_steps:
            rise = (self.base_lr - self.warmup_begin_lr) * t / self.warmup_steps
            return self.warmup_begin_lr + rise
        if t <= self.max_update:
            progress = (t - self.warmup_steps) / (self.max_update - self.warmup_steps)
            return self.final_lr + (self.base_lr - self.final_lr) * 0.5 * (1 + math.cos(math.pi * progress))
        return self.final_lr
