# mistake: what is not finite at the end is put last before the target is asked for, so that a run which reached it and diverged later comes last.
# diagnosis: diverged-after-the-target
import math

import torch


def run(make_optimizer, objective, x0, num_steps):
    x = x0.detach().clone().requires_grad_(True)
    optimizer = make_optimizer([x])
    losses = torch.empty(num_steps + 1, dtype=x0.dtype)
    for t in range(num_steps):
        optimizer.zero_grad()
        loss = objective(x)
        losses[t] = loss.detach()
        loss.backward()
        optimizer.step()
    losses[num_steps] = objective(x).detach()
    return losses


def sweep(make_optimizers, lrs, objective, x0, num_steps):
    def final(lr, losses):
        last = losses[-1].item()
        return (last, lr) if math.isfinite(last) else (math.inf, lr)

    results = {}
    for name, make in make_optimizers.items():
        runs = [(lr, run(lambda params, lr=lr, make=make: make(params, lr), objective, x0, num_steps)) for lr in lrs]
        results[name] = min(runs, key=lambda pair: final(*pair))
    return results


def rank(results, target):
    def key(item):
        name, (_, losses) = item
        if not torch.isfinite(losses[-1]):
            return 2, 0, name
        reached = (losses <= target).tolist()
        return (0, reached.index(True), name) if True in reached else (1, losses[-1].item(), name)

    return [name for name, _ in sorted(results.items(), key=key)]
