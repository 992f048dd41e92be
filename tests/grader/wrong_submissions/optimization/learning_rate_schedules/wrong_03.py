# mistake: FactorScheduler shrinks only while the next value is still above the floor, so it stops above stop_factor_lr and never returns it.
# diagnosis: floor-never-reached
import math
from bisect import bisect_right


class SquareRootScheduler:
    def __init__(self, lr=0.1):
        self.lr = lr

    def __call__(self, t):
        return self.lr * (t + 1) ** -0.5


class FactorScheduler:
    def __init__(self, factor=1, stop_factor_lr=1e-7, base_lr=0.1):
        self.factor = factor
        self.stop_factor_lr = stop_factor_lr
        self.base_lr = base_lr

    def __call__(self, t):
        lr = self.base_lr
        if self.base_lr * self.factor >= self.stop_factor_lr:
            self.base_lr *= self.factor
        return lr


class MultiFactorScheduler:
    def __init__(self, milestones, factor, base_lr):
        self.milestones = milestones
        self.factor = factor
        self.base_lr = base_lr

    def __call__(self, t):
        return self.base_lr * self.factor ** bisect_right(self.milestones, t)


class CosineScheduler:
    def __init__(self, max_update, base_lr=0.01, final_lr=0, warmup_steps=0, warmup_begin_lr=0):
        self.max_update = max_update
        self.base_lr = base_lr
        self.final_lr = final_lr
        self.warmup_steps = warmup_steps
        self.warmup_begin_lr = warmup_begin_lr

    def __call__(self, t):
        if t > self.max_update:
            return self.final_lr
        if t < self.warmup_steps:
            fraction = t / self.warmup_steps
            return (1 - fraction) * self.warmup_begin_lr + fraction * self.base_lr
        s = (t - self.warmup_steps) / (self.max_update - self.warmup_steps)
        return self.final_lr + (self.base_lr - self.final_lr) * (1 + math.cos(s * math.pi)) / 2
