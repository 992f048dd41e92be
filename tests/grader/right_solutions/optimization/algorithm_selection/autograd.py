"""Gradients by autograd.grad, set by hand; a table of all runs; an integer code instead of tuples."""

import math

import torch


def run(make_optimizer, objective, x0, num_steps):
    x = x0.clone()
    x.requires_grad = True
    optimizer, losses = make_optimizer([x]), torch.zeros(num_steps + 1, dtype=x0.dtype)
    for t in range(num_steps + 1):
        value = objective(x)
        losses[t] = value.item()
        (x.grad,) = torch.autograd.grad(value, [x])
        optimizer.step()
    return losses


def sweep(make_optimizers, lrs, objective, x0, num_steps):
    table = {
        (name, lr): run(lambda params: make(params, lr), objective, x0, num_steps)
        for name, make in make_optimizers.items()
        for lr in lrs
    }
    chosen = {}
    for name in make_optimizers:
        finite = [lr for lr in lrs if torch.isfinite(table[name, lr][-1])]
        lowest = min(table[name, lr][-1] for lr in finite)
        lr = min(lr for lr in finite if table[name, lr][-1] == lowest)
        chosen[name] = lr, table[name, lr]
    return chosen


def rank(results, target):
    def key(item):
        name, (_, losses) = item
        values = losses.tolist()
        hits = [t for t in range(len(values)) if values[t] <= target]
        if hits:
            return 0, hits[0], name
        return (1, values[-1], name) if math.isfinite(values[-1]) else (2, 0, name)

    return [name for name, _ in sorted(results.items(), key=key)]
