"""AdaGrad (《动手学深度学习》 11.7 AdaGrad算法).

Features that are rare get few gradients, frequent ones many; one learning rate for both is too small here or too large
there. AdaGrad gives every coordinate a rate of its own: it sums the squares of the gradients that the coordinate has had
so far, and divides by the root of the sum. The sum only grows, so the steps shrink by themselves:

    s ← s + g²                       for every parameter its own s, of its shape, 0 at first
    x ← x − η·g/√(s + ε)             coordinate by coordinate: g, s and x are all of one shape

    the same gradient g = ±c           step     1      2      3      4     …
                                       s        c²    2c²    3c²    4c²
                                       moves    η    η/√2   η/√3   η/2        → η/√t, whatever c is

Write the optimizer, an ordinary `torch.optim.Optimizer`: `super().__init__(params, defaults)` makes `self.param_groups`
out of the parameters and the defaults, and `self.state[x]` is a dictionary for what you remember of the parameter x. What
is graded:

- The two updates above, where g is the gradient as it stands in `x.grad` and η, ε are `lr` and `eps`. ε > 0 only keeps the
  division from failing where s is 0. The book has it inside the root, √(s + ε), PyTorch outside, √s + ε: both are right, but
  not a mixture. float64 is computed in float64: results agree to 1e-9.
- Parameters are updated in place, in their own storage: a detached alias of a parameter sees the update.
- A parameter without a gradient (`x.grad is None`) is skipped: it does not move, and its s stays as it is.
- Options are read from the parameter's group at every step: each of `self.param_groups` may have its own lr and eps,
  schedulers change them between steps, and `add_param_group` may bring in new parameters at any time.
- The gradients are left as they were; zeroing them is for `zero_grad`. (The book's functions zero them in passing.)
- Training can be resumed: `other.load_state_dict(optimizer.state_dict())` goes on with the same sums.
- A negative lr raises `ValueError`. lr = 0 is fine: nothing moves, while s goes on.
- Forbidden is what does the exercise: `torch.optim.Adagrad` and the function `torch.optim.adagrad.adagrad`.

Try it by hand: the second coordinate's gradients are −100 times the first's, and its steps are as long.

    >>> x = torch.nn.Parameter(torch.zeros(2))
    >>> optimizer = Adagrad([x], lr=1.0)
    >>> for g in [3.0, -300.0], [4.0, -400.0]:
    ...     x.grad = torch.tensor(g)
    ...     optimizer.step()
    ...     print([round(value, 4) for value in x.tolist()])
    [-1.0, 1.0]
    [-1.8, 1.8]

★ For a star (no points): `step(closure)` calls the closure once, with gradients enabled, and returns its value.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch


class Adagrad(torch.optim.Optimizer):
    """Gradient descent with a learning rate for each coordinate, which shrinks with what the coordinate has seen."""

    def __init__(
        self,
        params: Iterable[torch.nn.Parameter] | Iterable[dict[str, Any]],
        lr: float = 0.01,
        eps: float = 1e-6,
    ) -> None:
        """Check the options and hand them to `torch.optim.Optimizer`.

        Args:
            params: parameters of any shape, or groups of them: [{"params": […], "lr": 0.1}, …].
            lr: the learning rate η, at least 0.
            eps: ε > 0, added inside the root or outside it.

        Raises:
            ValueError: for a negative lr.
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
