"""Right: the book's stateful FactorScheduler (factor first), cos^2 of the half angle, torch numbers made floats."""
import math

import torch


class SquareRootScheduler:
    def __init__(self, lr=0.1):
        self.lr = lr

    def __call__(self, t):
        return float(self.lr * torch.rsqrt(torch.tensor(t + 1, dtype=torch.float64)))


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
        lr = self.base_lr
        for milestone in self.milestones:
            if milestone > t:
                break
            lr = lr * self.factor
        return lr


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
            return self.warmup_begin_lr + t * ((self.base_lr - self.warmup_begin_lr) / self.warmup_steps)
        length = self.max_update - self.warmup_steps
        if length == 0:
            return self.base_lr
        c = math.cos(math.pi * (t - self.warmup_steps) / (2 * length)) ** 2
        return c * self.base_lr + (1 - c) * self.final_lr
