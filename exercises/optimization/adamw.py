"""AdamW (Loshchilov & Hutter 2019; 《动手学深度学习》 4.5 权重衰减 and 11.10 Adam算法).

Weight decay pulls every parameter towards 0, the more the larger it is. In SGD it may as well be written as a penalty:
λx is added to the gradient. In Adam that goes wrong: what enters through the gradient is divided by √ŝ like the gradient
itself, so where gradients are large hardly anything decays. AdamW leads the decay past the averages, straight to x:

    g ─┬─> v ← β₁v + (1 - β₁)g  ──> v̂ = v/(1 - β₁ᵗ) ─┐
       └─> s ← β₂s + (1 - β₂)g² ──> ŝ = s/(1 - β₂ᵗ) ─┴─> x ← x - lr · v̂/(√ŝ + ε) - lr · λ · x
    x ──────────────────────────────────────────────────────────────────────────────────┘
                                                                 x, g, v, s: all of one shape; λ is weight_decay
    g = 8, 0.008 and 0; x = 2            Adam's part   AdamW's decay    x       (with λx in the gradient instead:
    lr = 0.1, λ = 0.5, first step            -0.1        -0.1          1.8       8 + 1, 0.008 + 1 and 0 + 1 make
                                             -0.1        -0.1          1.8       one step of -0.1 each, and of the
                                              0          -0.1          1.9       decay nothing is to be seen)

Write the class. What is graded:

- The Adam part is that of the exercise `adam`, ε outside the root. The decay is lr · weight_decay · x, whatever the
  gradient: also where it is 0. It may come before the Adam step (or together with it, as in the picture) or after it,
  and then it takes the x that the step has left: both are right, if you keep to one.
- `x` is updated in place: whoever shares its storage sees the new values. Its dtype (float32 or float64) stays, the
  averages have it too, and t is precise: with float64 parameters, results agree with exact ones to 9 digits.
- The gradients are left as they are: weight decay does not write into `x.grad` either.
- A parameter whose `grad` is None is skipped: it does not decay, and its averages stay. Its t may stay as well (every
  parameter counts its own steps) or go on (one counter for its group, moved once per `step`): both are right.
- Each parameter has its own averages; each group of `param_groups` its own "lr", "betas", "eps" and "weight_decay";
  all but betas may be changed between steps. A group that joins later by `add_param_group` starts with averages of 0
  and t = 0.
  A new optimizer that loads the `state_dict` continues as the old one would have.
- lr < 0 or a β outside [0, 1) raises ValueError; lr = 0 (then nothing moves, while v and s go on), β = 0 and
  weight_decay = 0 are allowed.
- Forbidden is what does the exercise: `torch.optim.AdamW`, `torch.optim.Adam` and the function
  `torch.optim.adamw.adamw`. Your own Adam may be built on.

Try it by hand: the picture's numbers, decay first. (Decay after the step gives 1.8050 where it says 1.8000.)

    >>> x = torch.nn.Parameter(torch.tensor([2.0, 2.0, 2.0]))
    >>> optimizer = AdamW([x], lr=0.1, weight_decay=0.5)
    >>> x.grad = torch.tensor([8.0, 0.008, 0.0])
    >>> optimizer.step()
    >>> x.data
    tensor([1.8000, 1.8000, 1.9000])

★ For a star (no points): `step(closure)` calls the closure once, with gradients enabled and before anything moves, and
returns what it returned.
"""

import torch


class AdamW(torch.optim.Optimizer):
    """Adam with a weight decay that sees neither the gradients nor their averages.

    Args:
        params: an iterable of parameters, or of dictionaries that describe parameter groups.
        lr: the learning rate, at least 0.
        betas: how much of v and of s is kept in each step, both in [0, 1).
        eps: added to √ŝ, outside the root.
        weight_decay: λ; each step takes the part lr · λ of a parameter away from it.
    """

    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-6, weight_decay=0.01):
        raise NotImplementedError

    def step(self, closure=None):
        """Update every parameter that has a gradient.

        Args:
            closure: None, or a function without arguments that computes the loss anew.

        Returns:
            What the closure returned, or None.
        """
        raise NotImplementedError
