"""Tensors inside, plain floats outside; milestones by bisection, the factor one step on."""

import bisect

import torch


def plain(value):
    return torch.as_tensor(value, dtype=torch.float64).item()


class SquareRootScheduler:
    def __init__(self, lr=0.1):
        self.lr = torch.tensor(lr, dtype=torch.float64)

    def __call__(self, t):
        return plain(self.lr * torch.rsqrt(torch.tensor(t + 1.0, dtype=torch.float64)))


class FactorScheduler:
    def __init__(self, factor=1, stop_factor_lr=1e-7, base_lr=0.1):
        self.factor, self.stop, self.base = factor, stop_factor_lr, base_lr

    def __call__(self, t):
        return plain(self.base * self.factor ** (t + 1)) if self.base * self.factor ** (t + 1) > self.stop else self.stop


class MultiFactorScheduler:
    def __init__(self, milestones, factor, base_lr):
        self.milestones = sorted(milestones)
        self.rates = [base_lr * factor**k for k in range(len(milestones) + 1)]

    def __call__(self, t):
        return self.rates[bisect.bisect_right(self.milestones, t)]


class CosineScheduler:
    def __init__(self, max_update, base_lr=0.01, final_lr=0, warmup_steps=0, warmup_begin_lr=0):
        ramp = torch.linspace(warmup_begin_lr, base_lr, warmup_steps + 1, dtype=torch.float64)[:-1]
        s = torch.linspace(0, torch.pi, max_update - warmup_steps + 1, dtype=torch.float64)
        wave = (base_lr + final_lr) / 2 + (base_lr - final_lr) / 2 * torch.cos(s)
        self.table = torch.cat([ramp, wave])

    def __call__(self, t):
        return self.table[min(t, len(self.table) - 1)].item()
