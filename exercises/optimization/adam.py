"""Adam and Yogi (《动手学深度学习》 11.10 Adam算法).

Adam smooths two things at once: the gradients g (momentum) and their squares (a scale for each coordinate). Both
averages start at 0 and are too small at first; dividing by 1 - βᵗ corrects that. t counts the steps from 1.

    g ─┬─> v ← β₁v + (1 - β₁)g  ──> v̂ = v/(1 - β₁ᵗ) ─┐
       │                                               ├─> x ← x - lr · v̂/(√ŝ + ε)
       └─> s ← β₂s + (1 - β₂)g² ──> ŝ = s/(1 - β₂ᵗ) ─┘          x, g, v, s: all of one shape

Written as s ← s + (1 - β₂)(g² - s), one sees what Yogi changes: after a large gradient, Adam forgets s as fast as s is
large; Yogi moves it by (1 - β₂)g² at most, whichever way it goes (s starts at 0 here too, and is corrected as in Adam):

    Yogi:  s ← s + (1 - β₂)·sign(g² - s)·g²,  sign(0) = 0

(v and s are the book's names; the papers and PyTorch call them m and v.)

Write the two classes; Yogi may inherit from Adam. What is graded:

- `x` is updated in place: whoever shares its storage sees the new values. Its dtype (float32 or float64) stays, the
  averages have it too, and t is precise: with float64 parameters, results agree with exact ones to 9 digits.
- The gradients are left as they are. (The book's functions set them to 0; here that is `zero_grad`'s business.)
- A parameter whose `grad` is None is skipped: it does not move and its averages stay. Its t may stay as well (every
  parameter counts its own steps) or go on (one counter, moved once per `step`, as in the book): both are right.
- Each parameter has its own averages; each group of `param_groups` its own "lr", "betas" and "eps"; lr and eps may be
  changed between steps, and `add_param_group` may bring in others. A new optimizer that loads the `state_dict`
  continues as the old one would have.
- lr < 0 or a β outside [0, 1) raises ValueError; lr = 0 (then nothing moves, while v and s go on) and β = 0 are
  allowed.
- Forbidden is what does the exercise: `torch.optim.Adam`, `torch.optim.AdamW` and the function `torch.optim.adam.adam`.

Try it by hand: the first step is ±lr whatever the scale of the gradient; then Yogi remembers the 8 better than Adam.

    >>> for optimizer in Adam, Yogi:
    ...     x = torch.nn.Parameter(torch.zeros(2))
    ...     adaptive = optimizer([x], lr=0.1, betas=(0.0, 0.5), eps=1e-6)
    ...     for g in [8.0, -0.01], [1.0, -0.01]:
    ...         x.grad = torch.tensor(g)
    ...         adaptive.step()
    ...         print(x.data)
    tensor([-0.1000,  0.1000])
    tensor([-0.1213,  0.2000])
    tensor([-0.1000,  0.1000])
    tensor([-0.1154,  0.1866])

★ For a star (no points): `step(closure)` calls the closure once, with gradients enabled and before anything moves, and
returns what it returned.
"""

import torch


class Adam(torch.optim.Optimizer):
    """Steps of the size of lr in every coordinate, whatever the scale of its gradients.

    Args:
        params: an iterable of parameters, or of dictionaries that describe parameter groups.
        lr: the learning rate, at least 0.
        betas: how much of v and of s is kept in each step, both in [0, 1).
        eps: added to √ŝ, outside the root.
    """

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6):
        raise NotImplementedError

    def step(self, closure=None):
        """Update every parameter that has a gradient.

        Args:
            closure: None, or a function without arguments that computes the loss anew.

        Returns:
            What the closure returned, or None.
        """
        raise NotImplementedError


class Yogi(torch.optim.Optimizer):
    """Adam whose second moment s moves by (1 - β₂)g² at most.

    Args:
        params: an iterable of parameters, or of dictionaries that describe parameter groups.
        lr: the learning rate, at least 0.
        betas: how much of v is kept in each step, and how slowly s moves, both in [0, 1).
        eps: added to √ŝ, outside the root.
    """

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-3):
        raise NotImplementedError

    def step(self, closure=None):
        """Update every parameter that has a gradient.

        Args:
            closure: None, or a function without arguments that computes the loss anew.

        Returns:
            What the closure returned, or None.
        """
        raise NotImplementedError
