"""step(closure), a buffer for the losses, NaN for the rest of a run that diverged; stable sorts, one key at a time."""

import functools

import torch


def run(make_optimizer, objective, x0, num_steps):
    x = torch.nn.Parameter(torch.empty_like(x0))
    x.data.copy_(x0)
    optimizer = make_optimizer([x])
    losses = torch.full((num_steps + 1,), torch.nan, dtype=x0.dtype)

    def closure():
        optimizer.zero_grad(set_to_none=False)
        loss = objective(x)
        loss.backward()
        return loss

    for t in range(num_steps):
        losses[t] = optimizer.step(closure).detach()
        if not torch.isfinite(losses[t]):
            return losses
    losses[num_steps] = objective(x).detach()
    return losses


def sweep(make_optimizers, lrs, objective, x0, num_steps):
    def best(make):
        lr_of, losses = sorted(lrs), []
        for lr in lr_of:
            losses.append(run(functools.partial(make, lr=lr), objective, x0, num_steps))
        finals = torch.stack(losses)[:, -1].nan_to_num(nan=torch.inf, posinf=torch.inf, neginf=torch.inf)
        winner = next(i for i, final in enumerate(finals) if final == finals.min())
        return lr_of[winner], losses[winner]

    return {name: best(make) for name, make in make_optimizers.items()}


def rank(results, target):
    names = sorted(results)
    finals = {name: losses[-1].nan_to_num(nan=torch.inf, posinf=torch.inf, neginf=torch.inf).item() for name, (_, losses) in results.items()}
    names.sort(key=finals.get)
    steps = {name: [t for t, loss in enumerate(losses) if loss <= target] for name, (_, losses) in results.items()}
    fast = sorted((name for name in names if steps[name]), key=lambda name: (steps[name][0], name))
    return fast + [name for name in names if not steps[name]]
