# mistake: optimizers that reach the target after equally many steps are ordered by their final loss first, and only then by name.
# diagnosis: ties-by-final-loss
import math

import torch


def run(make_optimizer, objective, x0, num_steps):
    x = x0.detach().clone().requires_grad_(True)
    optimizer = make_optimizer([x])
    losses = []
    for _ in range(num_steps):
        optimizer.zero_grad()
        loss = objective(x)
        losses.append(loss.detach().clone())
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        losses.append(objective(x).detach().clone())
    for t in range(1, num_steps + 1):
        if not torch.isfinite(losses[t - 1]):
            losses[t] = torch.full_like(losses[t], math.nan)
    return torch.stack(losses)


def sweep(make_optimizers, lrs, objective, x0, num_steps):
    results = {}
    for name, make in make_optimizers.items():
        best = None
        for lr in sorted(lrs):
            losses = run(lambda params: make(params, lr), objective, x0, num_steps)
            final = losses[-1].item()
            if math.isfinite(final) and (best is None or final < best[1][-1].item()):
                best = (lr, losses)
        results[name] = best
    return results


def rank(results, target):
    def key(name):
        losses = results[name][1]
        final = losses[-1].item()
        if not math.isfinite(final):
            final = math.inf
        reached = (losses <= target).nonzero()
        if len(reached) > 0:
            return (0, reached[0].item(), final, name)
        if final < math.inf:
            return (1, 0, final, name)
        return (2, 0, 0.0, name)

    return sorted(results, key=key)
