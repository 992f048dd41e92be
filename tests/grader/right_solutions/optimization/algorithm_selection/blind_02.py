"""Right: all steps are taken, the losses masked with cumprod at the end; stable sorts one after the other, argmin over stacked runs."""
import torch


def run(make_optimizer, objective, x0, num_steps):
    x = torch.nn.Parameter(x0.detach().clone())
    optimizer = make_optimizer([x])
    losses = []
    for _ in range(num_steps):
        optimizer.zero_grad(set_to_none=True)
        loss = objective(x)
        loss.backward()
        losses.append(loss.detach().clone())
        optimizer.step()
    losses.append(objective(x).detach().clone())
    losses = torch.stack(losses)
    alive = losses.isfinite().long().cumprod(dim=0).bool()
    return torch.where(alive, losses, torch.full_like(losses, torch.inf))


def sweep(make_optimizers, lrs, objective, x0, num_steps):
    ascending = sorted(lrs)
    results = {}
    for name, make in make_optimizers.items():
        runs = []
        for lr in ascending:
            runs.append(run(lambda params: make(params, lr), objective, x0, num_steps))
        finals = [losses[-1].item() if losses[-1].isfinite() else float("inf") for losses in runs]
        best = finals.index(min(finals))
        results[name] = (ascending[best], runs[best])
    return results


def rank(results, target):
    names = sorted(results)
    reach = {}
    for name in names:
        hit = results[name][1] <= target
        if hit.any():
            reach[name] = int(hit.long().argmax())
    first = sorted(reach, key=reach.get)
    others = [name for name in names if name not in reach]
    finite = [name for name in others if results[name][1][-1].isfinite()]
    middle = sorted(finite, key=lambda name: results[name][1][-1].item())
    last = [name for name in others if name not in finite]
    return first + middle + last
