"""Algorithm selection (算法选择).

Which optimizer is best? On which objective, with which learning rate, and what does "best" mean? The chapter ends with a
small laboratory that answers such questions: let each optimizer run, give each the learning rate that suits it, compare.

    x0 (d,) ──copy──> x ── objective(x) ──> loss ──backward──> x.grad ── optimizer.step() ──> x ── objective(x) ──> loss ── …
                               losses[0]                                                              losses[1]

    sweep      for every optimizer: a run per learning rate, the best one is kept     {"adam": (0.1, losses), "sgd": …}
    rank       results of a sweep ──> names, the best first                           ["adam", "sgd"]

Write the three functions. What is graded, on real optimizers and on objectives with narrow valleys (an ill-conditioned
quadratic, Rosenbrock's, Beale's), a saddle, and a logistic regression with sparse features:

- `run` calls make_optimizer with a list that holds one leaf tensor, a copy of `x0`, and lets the optimizer take num_steps
  steps on it. losses (num_steps + 1,) has the dtype of `x0`; entry t is the loss after t steps, the first one is that at x0.
- Gradients do not add up over the steps. `x0` stays as it was. Every run begins there, with an optimizer of its own.
- A run may diverge: its losses become inf or NaN. That raises nothing and shortens nothing: what follows the first loss that
  is not finite is not finite either (inf or NaN, as you like).
- `sweep` tries every rate of `lrs` with every optimizer: make_optimizers[name](params, lr). It keeps the rate whose final loss
  is lowest, and its losses. A rate whose final loss is not finite loses to any other; of equal final losses the smaller rate
  wins. At least one rate does not diverge. `lrs` is in no particular order.
- `rank` takes such a dictionary. First come the optimizers that reach the target, those that need the fewest steps in front:
  a loss ≤ target reaches it, at any step (at step 0, too). Then those that never do, by their final loss. Then those whose
  final loss is inf or NaN. What is equal in that is ordered by name; the learning rates do not matter.

Try it by hand:

    >>> def sgd(params, lr=0.5):
    ...     return torch.optim.SGD(params, lr=lr)
    >>> half_square = lambda x: (x**2).sum() / 2
    >>> run(sgd, half_square, torch.tensor([4.0]), num_steps=2)
    tensor([8.0000, 2.0000, 0.5000])
    >>> sweep({"sgd": sgd}, [3.0, 0.25, 0.75], half_square, torch.tensor([4.0]), num_steps=2)
    {'sgd': (0.75, tensor([8.0000, 0.5000, 0.0312]))}
    >>> slow, fast, lost = torch.tensor([8.0, 2.0, 0.5]), torch.tensor([8.0, 0.5, 0.1]), torch.tensor([8.0, 99.0, torch.inf])
    >>> rank({"lost": (9.0, lost), "slow": (0.1, slow), "fast": (0.2, fast)}, target=0.5)
    ['fast', 'slow', 'lost']
"""

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
    """Minimize the objective from `x0` and write the losses down.

    Args:
        make_optimizer: makes an optimizer for a list of leaf tensors.
        objective: what to minimize, (d,) -> (), differentiable.
        x0: where to start, (d,); it is left alone.
        num_steps: how many steps to take, 0 or more.

    Returns:
        The losses, (num_steps + 1,): entry t is the objective after t steps.
    """
    raise NotImplementedError


def sweep(
    make_optimizers: dict[str, Callable[[list[Tensor], float], torch.optim.Optimizer]],
    lrs: list[float],
    objective: Callable[[Tensor], Tensor],
    x0: Float[Tensor, " d"],
    num_steps: int,
) -> dict[str, tuple[float, Float[Tensor, "num_steps+1"]]]:
    """Find the best learning rate for each optimizer.

    Args:
        make_optimizers: by name, what makes an optimizer for a list of leaf tensors and a learning rate.
        lrs: the learning rates to try, one or more.
        objective: what to minimize, (d,) -> (), differentiable.
        x0: where every run starts, (d,); it is left alone.
        num_steps: how many steps every run takes.

    Returns:
        By name, a tuple of the learning rate with the lowest final loss and the losses of its run.
    """
    raise NotImplementedError


def rank(results: dict[str, tuple[float, Float[Tensor, " n"]]], target: float) -> list[str]:
    """Order optimizers from the best to the worst.

    Args:
        results: by name, a learning rate and the losses of a run, as `sweep` returns them.
        target: the loss to be reached.

    Returns:
        All names: fewest steps to the target first, then by final loss, then what diverged; ties by name.
    """
    raise NotImplementedError
