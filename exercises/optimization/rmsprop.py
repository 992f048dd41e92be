"""RMSProp (《动手学深度学习》 11.8 RMSProp算法).

AdaGrad never forgets: its sum of squares grows for ever, and its steps shrink even where the landscape would allow long ones.
RMSProp keeps its scale for each coordinate, but averages the squares instead of summing them, and an average forgets: what
happened k steps ago counts γᵏ times as much as what happens now. When to take shorter steps is left to η.

    s ← γ·s + (1 − γ)·g²             for every parameter its own s, of its shape, 0 at first
    x ← x − η·g/√(s + ε)             coordinate by coordinate: g, s and x are all of one shape

    the same gradient g = ±c, γ = 0.75      step       1        2        3      …
                                            s        0.25c²   0.44c²   0.58c²   → c²
                                            moves    2η       1.51η    1.31η    → η, whatever c is

Write the optimizer, an ordinary `torch.optim.Optimizer`, as you wrote Adagrad. What is graded:

- The two updates above, where g is the gradient as it stands in `x.grad` and η, γ, ε are `lr`, `gamma` and `eps`. s starts at 0
  and is not corrected (that is Adam's idea), so the first step is η/√(1 − γ) long. ε > 0 stands inside the root in the book,
  √(s + ε), and outside in PyTorch, √s + ε: both are right, but not a mixture. float64 is computed in float64: results agree
  to 1e-9.
- Parameters are updated in place, in their own storage: a detached alias of a parameter sees the update.
- A parameter without a gradient (`x.grad is None`) is skipped: it does not move, and its s stays as it is.
- Options are read from the parameter's group at every step: each of `self.param_groups` may have its own lr and eps,
  schedulers change them between steps, and `add_param_group` may bring in new parameters at any time.
- The gradients are left as they were; zeroing them is for `zero_grad`. (The book's functions zero them in passing.)
- Training can be resumed: `other.load_state_dict(optimizer.state_dict())` goes on with the same averages.
- A negative lr, or a gamma outside [0, 1), raises `ValueError`. lr = 0 and gamma = 0 are fine; with
  lr = 0 nothing moves, while s goes on.
- Forbidden is what does the exercise: `torch.optim.RMSprop` and the function `torch.optim.rmsprop.rmsprop`.

Try it by hand: in the first coordinate s is 1 after every step; the second one's gradients are −100 times as large.

    >>> x = torch.nn.Parameter(torch.zeros(2))
    >>> optimizer = RMSprop([x], lr=1.0, gamma=0.75)
    >>> for g in [2.0, -200.0], [1.0, -100.0], [-1.0, 100.0]:
    ...     x.grad = torch.tensor(g)
    ...     optimizer.step()
    ...     print([round(value, 4) for value in x.tolist()])
    [-2.0, 2.0]
    [-3.0, 3.0]
    [-2.0, 2.0]

★ For stars (no points): `gamma` too is an option of the group, read at every step; `step(closure)` calls the closure once, with
gradients enabled, and returns its value.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch


class RMSprop(torch.optim.Optimizer):
    """Gradient descent with a learning rate for each coordinate, from an average of its squared gradients."""

    def __init__(
        self,
        params: Iterable[torch.nn.Parameter] | Iterable[dict[str, Any]],
        lr: float = 0.01,
        gamma: float = 0.9,
        eps: float = 1e-6,
    ) -> None:
        """Check the options and hand them to `torch.optim.Optimizer`.

        Args:
            params: parameters of any shape, or groups of them: [{"params": […], "lr": 0.1}, …].
            lr: the learning rate η, at least 0.
            gamma: γ in [0, 1), the part of s that stays from one step to the next.
            eps: ε > 0, added inside the root or outside it.

        Raises:
            ValueError: for an lr or a gamma out of range.
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
