# mistake: MultiFactorScheduler multiplies base_lr when t is a milestone (as the book's), so it depends on having been asked before and not on t alone.
# diagnosis: counts-its-calls
import math


class SquareRootScheduler:
    def __init__(self, lr=0.1):
        self.lr = lr

    def __call__(self, t):
        return self.lr * pow(t + 1.0, -0.5)


class FactorScheduler:
    def __init__(self, factor=1, stop_factor_lr=1e-7, base_lr=0.1):
        self.factor = factor
        self.stop_factor_lr = stop_factor_lr
        self.base_lr = base_lr

    def __call__(self, t):
        self.base_lr = max(self.stop_factor_lr, self.base_lr * self.factor)
        return self.base_lr


class MultiFactorScheduler:
    def __init__(self, milestones, factor, base_lr):
        self.milestones = milestones
        self.factor = factor
        self.base_lr = base_lr

    def __call__(self, t):
        if t in self.milestones:
            self.base_lr *= self.factor
        return self.base_lr


class CosineScheduler:
    def __init__(self, max_update, base_lr=0.01, final_lr=0, warmup_steps=0, warmup_begin_lr=0):
        self.max_update = max_update
        self.base_lr = base_lr
        self.final_lr = final_lr
        self.warmup_steps = warmup_steps
        self.warmup_begin_lr = warmup_begin_lr

    def __call__(self, t):
        if t < self.warmup_steps:
            return self.warmup_begin_lr + (self.base_lr - self.warmup_begin_lr) * t / self.warmup_steps
        if t <= self.max_update:
            s = (t - self.warmup_steps) / (self.max_update - self.warmup_steps)
            return self.final_lr + (self.base_lr - self.final_lr) * (1 + math.cos(math.pi * s)) / 2
        return self.final_lr
