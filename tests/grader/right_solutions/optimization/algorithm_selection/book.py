"""In the manner of the book's train_2d and training loops: the optimizer steps first, numbers are appended with item()."""

import math

import torch


def run(make_optimizer, objective, x0, num_steps):
    x = x0.detach().clone().requires_grad_(True)
    trainer = make_optimizer([x])
    results = []
    for i in range(num_steps):
        l = objective(x)
        results.append(l.item())
        trainer.zero_grad()
        l.backward()
        trainer.step()
    with torch.no_grad():
        results.append(objective(x).item())
    return torch.tensor(results, dtype=x0.dtype)


def sweep(make_optimizers, lrs, objective, x0, num_steps):
    results = {}
    for name in make_optimizers:
        for lr in sorted(lrs):
            losses = run(lambda params: make_optimizers[name](params, lr), objective, x0, num_steps)
            final = losses[-1].item()
            if name not in results or not math.isfinite(results[name][1][-1].item()) and math.isfinite(final):
                results[name] = (lr, losses)
            elif math.isfinite(final) and final < results[name][1][-1].item():
                results[name] = (lr, losses)
    return results


def rank(results, target):
    reached, missed, lost = [], [], []
    for name, (lr, losses) in results.items():
        for step, loss in enumerate(losses.tolist()):
            if loss <= target:
                reached.append((step, name))
                break
        else:
            final = losses[-1].item()
            if math.isfinite(final):
                missed.append((final, name))
            else:
                lost.append(name)
    return [name for _, name in sorted(reached)] + [name for _, name in sorted(missed)] + sorted(lost)
