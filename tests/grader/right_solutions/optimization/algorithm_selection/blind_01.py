"""Right: losses in a buffer full of nan, left as soon as one is not finite; tuples as sort keys."""
import math
from functools import partial

import torch


def run(make_optimizer, objective, x0, num_steps):
    x = torch.empty_like(x0).copy_(x0).requires_grad_()
    optimizer = make_optimizer([x])
    losses = x0.new_full((num_steps + 1,), math.nan)
    for t in range(num_steps + 1):
        loss = objective(x)
        losses[t] = loss.item()
        if t == num_steps or not math.isfinite(loss.item()):
            break
        (x.grad,) = torch.autograd.grad(loss, x)
        optimizer.step()
    return losses


def sweep(make_optimizers, lrs, objective, x0, num_steps):
    def one(make, lr):
        losses = run(partial(_call, make, lr), objective, x0, num_steps)
        final = losses[-1].item()
        lost = not math.isfinite(final)
        return (lost, 0.0 if lost else final, lr), losses

    best = {}
    for name, make in make_optimizers.items():
        (_, _, lr), losses = min((one(make, lr) for lr in lrs), key=lambda pair: pair[0])
        best[name] = (lr, losses)
    return best


def _call(make, lr, params):
    return make(params, lr)


def rank(results, target):
    keyed = []
    for name, (_, losses) in results.items():
        hits = torch.nonzero(losses <= target).flatten().tolist()
        final = losses[-1].item()
        if hits:
            keyed.append((0, hits[0], name))
        elif math.isfinite(final):
            keyed.append((1, final, name))
        else:
            keyed.append((2, 0, name))
    return [name for *_, name in sorted(keyed)]
