# mistake: of equal final losses the rate that comes first in lrs wins, not the smaller one.
# diagnosis: first-rate-wins
import math

import torch


def run(make_optimizer, objective, x0, num_steps):
    x = x0.detach().clone()
    x.requires_grad = True
    optimizer = make_optimizer([x])
    losses, alive = [], True
    for t in range(num_steps + 1):
        optimizer.zero_grad()
        loss = objective(x)
        alive = alive and bool(torch.isfinite(loss))
        losses.append(loss.detach() if alive else torch.tensor(math.inf, dtype=x0.dtype))
        if t < num_steps:
            loss.backward()
            optimizer.step()
    return torch.stack(losses).to(x0.dtype)


def sweep(make_optimizers, lrs, objective, x0, num_steps):
    def final(pair):
        value = pair[1][-1].item()
        return value if math.isfinite(value) else math.inf

    results = {}
    for name, make_optimizer in make_optimizers.items():
        runs = [(lr, run(lambda ps: make_optimizer(ps, lr), objective, x0, num_steps)) for lr in lrs]
        results[name] = min(runs, key=final)
    return results


def rank(results, target):
    def key(item):
        name, (_, losses) = item
        for t, loss in enumerate(losses):
            if loss <= target:
                return 0, t, name
        last = losses[-1].item()
        return (1, last, name) if math.isfinite(last) else (2, 0.0, name)

    return [name for name, _ in sorted(results.items(), key=key)]
