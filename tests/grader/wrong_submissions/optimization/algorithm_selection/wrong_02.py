# mistake: the final losses are compared with < only, and nothing is less than nan: if the first rate of lrs ends in nan, it is kept.
# diagnosis:
import torch


def run(make_optimizer, objective, x0, num_steps):
    x = torch.nn.Parameter(x0.clone())
    optimizer = make_optimizer([x])
    losses = torch.full((num_steps + 1,), float("nan"), dtype=x0.dtype)
    for t in range(num_steps + 1):
        loss = objective(x)
        losses[t] = loss.detach()
        if not torch.isfinite(loss):
            break
        if t < num_steps:
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return losses


def sweep(make_optimizers, lrs, objective, x0, num_steps):
    best = {}
    for name in make_optimizers:
        for lr in lrs:
            losses = run(lambda params: make_optimizers[name](params, lr), objective, x0, num_steps)
            if name not in best:
                best[name] = (lr, losses)
                continue
            old_lr, old_losses = best[name]
            better = losses[-1] < old_losses[-1]
            tie = losses[-1] == old_losses[-1] and lr < old_lr
            if better or tie:
                best[name] = (lr, losses)
    return best


def rank(results, target):
    reached, missed, lost = [], [], []
    for name, (_, losses) in results.items():
        steps = [t for t, ok in enumerate((losses <= target).tolist()) if ok]
        if steps:
            reached.append((steps[0], name))
        elif torch.isfinite(losses[-1]):
            missed.append((losses[-1].item(), name))
        else:
            lost.append((0, name))
    return [name for part in (reached, missed, lost) for _, name in sorted(part)]
