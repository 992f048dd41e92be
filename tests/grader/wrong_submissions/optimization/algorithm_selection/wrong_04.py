# mistake: isnan instead of isfinite: a run that has fallen to −∞ has the lowest final loss of all, and wins the sweep.
# diagnosis: minus-infinity-wins
import math

import torch


def run(make_optimizer, objective, x0, num_steps):
    x = torch.nn.Parameter(x0.clone())
    optimizer = make_optimizer([x])
    losses = []
    for _ in range(num_steps):
        loss = objective(x)
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    losses.append(objective(x).item())
    return torch.tensor(losses, dtype=x0.dtype)


def sweep(make_optimizers, lrs, objective, x0, num_steps):
    results = {}
    for name, make in make_optimizers.items():
        best = None
        for lr in sorted(lrs):
            losses = run(lambda params, lr=lr, make=make: make(params, lr), objective, x0, num_steps)
            if not math.isnan(losses[-1]) and (best is None or losses[-1] < best[1][-1]):
                best = lr, losses
        results[name] = best
    return results


def rank(results, target):
    def key(name):
        losses = results[name][1].tolist()
        for step, loss in enumerate(losses):
            if loss <= target:
                return 0, step, name
        return (1, losses[-1], name) if math.isfinite(losses[-1]) else (2, 0, name)

    return sorted(results, key=key)
