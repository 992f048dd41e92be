"""One base class; the factor's running rate is returned before it shrinks; a half-angle instead of 1 + cos."""

from math import cos, pi, sqrt


class Scheduler:
    def __call__(self, t):
        return float(self.rate(t))


class SquareRootScheduler(Scheduler):
    def __init__(self, lr=0.1):
        self.lr = lr

    def rate(self, t):
        return self.lr / sqrt(t + 1)


class FactorScheduler(Scheduler):
    def __init__(self, factor=1, stop_factor_lr=1e-7, base_lr=0.1):
        self.factor, self.floor, self.now = factor, stop_factor_lr, base_lr

    def rate(self, t):
        now = self.now
        self.now *= self.factor
        if self.now < self.floor:
            self.now = self.floor
        return now


class MultiFactorScheduler(Scheduler):
    def __init__(self, milestones, factor, base_lr):
        self.milestones, self.factor, self.base_lr = tuple(milestones), factor, base_lr

    def rate(self, t):
        return self.base_lr * self.factor ** len([m for m in self.milestones if not t < m])


class CosineScheduler(Scheduler):
    def __init__(self, max_update, base_lr=0.01, final_lr=0, warmup_steps=0, warmup_begin_lr=0):
        self.end, self.high, self.low = max_update, base_lr, final_lr
        self.warm, self.first = warmup_steps, warmup_begin_lr

    def rate(self, t):
        if t >= self.end:
            return self.low
        if t < self.warm:
            share = t / self.warm
            return (1 - share) * self.first + share * self.high
        share = cos(pi / 2 * (t - self.warm) / (self.end - self.warm)) ** 2
        return share * self.high + (1 - share) * self.low
