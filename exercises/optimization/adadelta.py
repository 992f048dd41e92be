"""Adadelta (《动手学深度学习》 11.9 Adadelta).

RMSProp still needs a learning rate, and for every problem another one: g/√s is a pure number, near ±1, whatever unit x is
measured in. Adadelta gives the step the unit of x by measuring the steps themselves: beside the average s of the squared
gradients it keeps the average Δ of the squared steps so far, and takes the ratio of the roots for its rate:

    s  ← ρ·s + (1 − ρ)·g²            for every parameter its own s and Δ, of its shape, 0 at first
    g′ ← √(Δ + ε)/√(s + ε)·g         coordinate by coordinate, with the new s and the old Δ
    x  ← x − lr·g′
    Δ  ← ρ·Δ + (1 − ρ)·g′²           of g′, not of lr·g′

Δ starts at 0, and only ε gets the first step going: it is about √ε/√(1 − ρ) long, whatever the gradient. The steps then find
their length themselves. lr is there out of habit, and stays at 1.

Write the optimizer, an ordinary `torch.optim.Optimizer`, as you wrote RMSprop. What is graded:

- The four updates above, in this order, where g is the gradient as it stands in `x.grad` and ρ, ε, lr are `rho`, `eps` and
  `lr`. ε > 0 stands inside both roots, in the book and in PyTorch. float64 is computed in float64: results agree to 1e-9.
- Parameters are updated in place, in their own storage: a detached alias of a parameter sees the update.
- A parameter without a gradient (`x.grad is None`) is skipped: it does not move, and its s and Δ stay as they are.
- Options are read from the parameter's group at every step: each of `self.param_groups` may have its own rho, eps and lr,
  schedulers change them between steps, and `add_param_group` may bring in new parameters at any time.
- The gradients are left as they were; zeroing them is for `zero_grad`. (The book's functions zero them in passing.)
- Training can be resumed: `other.load_state_dict(optimizer.state_dict())` goes on with the same averages.
- A negative lr, or a rho outside [0, 1), raises `ValueError`. lr = 0 and rho = 0 are fine; with lr = 0 nothing
  moves, while the averages go on.
- Forbidden is what does the exercise: `torch.optim.Adadelta` and the function `torch.optim.adadelta.adadelta`.

Try it by hand, with √ε = 0.01 and 1 − ρ = 1/4: the first step is 2√ε, the second √(2ε)/√0.4375.

    >>> x = torch.nn.Parameter(torch.zeros(2))
    >>> optimizer = Adadelta([x], rho=0.75, eps=1e-4)
    >>> for _ in range(2):
    ...     x.grad = torch.tensor([10.0, -1000.0])
    ...     optimizer.step()
    ...     print([round(value, 4) for value in x.tolist()])
    [-0.02, 0.02]
    [-0.0414, 0.0414]

★ For a star (no points): `step(closure)` calls the closure once, with gradients enabled, and returns its value.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch


class Adadelta(torch.optim.Optimizer):
    """Gradient descent that takes its learning rates, one for each coordinate, from the steps it has made."""

    def __init__(
        self,
        params: Iterable[torch.nn.Parameter] | Iterable[dict[str, Any]],
        rho: float = 0.9,
        eps: float = 1e-5,
        lr: float = 1.0,
    ) -> None:
        """Check the options and hand them to `torch.optim.Optimizer`.

        Args:
            params: parameters of any shape, or groups of them: [{"params": […], "rho": 0.5}, …].
            rho: ρ in [0, 1), the part of s and of Δ that stays from one step to the next.
            eps: ε > 0, added inside both roots.
            lr: what every step is multiplied by, at least 0.

        Raises:
            ValueError: for a rho or an lr out of range.
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
