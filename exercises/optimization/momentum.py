"""Momentum (《动手学深度学习》 11.6 动量法).

Gradient descent zigzags in narrow valleys: across the valley the gradient is large and keeps changing its sign, along it
it is small and stays the same. A velocity remembers the gradients so far; what keeps changing its sign cancels out, and
what stays the same adds up:

    v ← β·v + g                      for every parameter its own v, of its shape, 0 at first
    x ← x − η·v                      or, with Nesterov's look-ahead,  x ← x − η·(g + β·v)

    the same gradient g = 1, β = 0.5       step      1      2      3      4     …
                                           v       1.0    1.5   1.75  1.875     → 1/(1 − β) = 2

Write the optimizer, an ordinary `torch.optim.Optimizer`: `super().__init__(params, defaults)` makes `self.param_groups`
out of the parameters and the defaults, and `self.state[x]` is a dictionary for what you remember of the parameter x. What
is graded:

- The two updates above, where g is the gradient as it stands in `x.grad` and η, β are `lr` and `momentum`. float64 is
  computed in float64: results agree to 1e-9. With momentum = 0 it is plain SGD (nesterov is not asked for then).
- Parameters are updated in place, in their own storage: a detached alias of a parameter sees the update.
- A parameter without a gradient (`x.grad is None`) is skipped: it does not move, and its velocity stays as it is.
- Options are read from the parameter's group at every step: each of `self.param_groups` may have its own lr, momentum and
  nesterov, schedulers change them between steps, and `add_param_group` may bring in new parameters at any time.
- The gradients are left as they were; zeroing them is for `zero_grad`. (The book's functions zero them in passing.)
- Training can be resumed: `other.load_state_dict(optimizer.state_dict())` goes on with the same velocities.
- A negative lr, or a momentum outside [0, 1), raises `ValueError`. lr = 0 is fine: nothing moves, while
  velocities go on.
- Forbidden is what does the exercise: `torch.optim.SGD` and the function `torch.optim.sgd.sgd`.

Try it by hand:

    >>> x = torch.nn.Parameter(torch.tensor([0.0]))
    >>> optimizer = Momentum([x], lr=1.0, momentum=0.5)
    >>> for _ in range(3):
    ...     x.grad = torch.tensor([1.0])
    ...     optimizer.step()
    ...     print(x.item())
    -1.0
    -2.5
    -4.25

★ For a star (no points): `step(closure)` calls the closure once, with gradients enabled, and returns its value.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch


class Momentum(torch.optim.Optimizer):
    """Gradient descent with a velocity."""

    def __init__(
        self,
        params: Iterable[torch.nn.Parameter] | Iterable[dict[str, Any]],
        lr: float,
        momentum: float = 0.9,
        nesterov: bool = False,
    ) -> None:
        """Check the options and hand them to `torch.optim.Optimizer`.

        Args:
            params: parameters of any shape, or groups of them: [{"params": […], "lr": 0.1}, …].
            lr: the learning rate η, at least 0.
            momentum: β in [0, 1), the part of the velocity that stays from one step to the next.
            nesterov: whether to use Nesterov's update.

        Raises:
            ValueError: for an lr or a momentum out of range.
        """
        raise NotImplementedError

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient, in place.

        Args:
            closure: evaluates the model anew, sets the gradients and returns the loss (★); usually None.

        Returns:
            What the closure returned, or None.
        """
        raise NotImplementedError
