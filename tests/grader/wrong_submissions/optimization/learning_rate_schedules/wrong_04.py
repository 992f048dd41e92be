# mistake: MultiFactorScheduler looks at milestones[-1] first, which raises IndexError if the list is empty.
# diagnosis:
import math


class SquareRootScheduler:
    def __init__(self, lr=0.1):
        self.lr = lr

    def __call__(self, t):
        return self.lr / (t + 1) ** 0.5


class FactorScheduler:
    def __init__(self, factor=1, stop_factor_lr=1e-7, base_lr=0.1):
        self.factor = factor
        self.stop_factor_lr = stop_factor_lr
        self.base_lr = base_lr

    def __call__(self, t):
        return max(self.base_lr * math.pow(self.factor, t), self.stop_factor_lr)


class MultiFactorScheduler:
    def __init__(self, milestones, factor, base_lr):
        self.milestones = milestones
        self.factor = factor
        self.base_lr = base_lr

    def __call__(self, t):
        if t >= self.milestones[-1]:
            return self.base_lr * self.factor ** len(self.milestones)
        lr = self.base_lr
        for milestone in self.milestones:
            if t < milestone:
                return lr
            lr *= self.factor


class CosineScheduler:
    def __init__(self, max_update, base_lr=0.01, final_lr=0, warmup_steps=0, warmup_begin_lr=0):
        self.max_update = max_update
        self.base_lr = base_lr
        self.final_lr = final_lr
        self.warmup_steps = warmup_steps
        self.warmup_begin_lr = warmup_begin_lr

    def __call__(self, t):
        if t < self.warmup_steps:
            slope = (self.base_lr - self.warmup_begin_lr) / self.warmup_steps
            return self.warmup_begin_lr + slope * t
        if t > self.max_update:
            return self.final_lr
        angle = math.pi * (t - self.warmup_steps) / (self.max_update - self.warmup_steps)
        return self.final_lr + 0.5 * (self.base_lr - self.final_lr) * (1 + math.cos(angle))
