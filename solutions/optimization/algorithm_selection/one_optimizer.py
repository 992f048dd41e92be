"""Algorithm selection with one optimizer for all rates of a sweep: what it remembers goes on from run to run."""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def run(
    make_optimizer: Callable[[list[Tensor]], torch.optim.Optimizer],
    objective: Callable[[Tensor], Tensor],
    x0: Float[Tensor, " d"],
    num_steps: int,
) -> Float[Tensor, "num_steps+1"]:
    x = torch.nn.Parameter(x0.clone())  # (d,)
    optimizer = make_optimizer([x])
    losses = [objective(x)]  # each of them ()
    for _ in range(num_steps):
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
        losses.append(objective(x))
    return torch.stack(losses).detach()  # (num_steps + 1,)


def sweep(
    make_optimizers: dict[str, Callable[[list[Tensor], float], torch.optim.Optimizer]],
    lrs: list[float],
    objective: Callable[[Tensor], Tensor],
    x0: Float[Tensor, " d"],
    num_steps: int,
) -> dict[str, tuple[float, Float[Tensor, "num_steps+1"]]]:
    best = {}
    for name, make in make_optimizers.items():
        x = torch.nn.Parameter(x0.clone())  # (d,)
        optimizer = make([x], lrs[0])
        runs = []
        for lr in lrs:
            with torch.no_grad():
                x.copy_(x0)
            optimizer.param_groups[0]["lr"] = lr
            losses = [objective(x)]
            for _ in range(num_steps):
                optimizer.zero_grad()
                losses[-1].backward()
                optimizer.step()
                losses.append(objective(x))
            runs.append((lr, torch.stack(losses).detach()))  # (num_steps + 1,)
        best[name] = min(runs, key=lambda one: (_final_loss(one[1]), one[0]))
    return best


def rank(results: dict[str, tuple[float, Float[Tensor, " n"]]], target: float) -> list[str]:
    def place(name):
        losses = results[name][1]  # (n,)
        steps = (losses <= target).nonzero()  # (r, 1), the steps after which the target is reached
        return (float(steps[0]), 0.0, name) if len(steps) else (math.inf, _final_loss(losses), name)

    return sorted(results, key=place)


def _final_loss(losses: Float[Tensor, " n"]) -> float:
    final = float(losses[-1])
    return final if math.isfinite(final) else math.inf
