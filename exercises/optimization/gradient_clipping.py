"""Gradient clipping (《动手学深度学习》 8.5.5 梯度裁剪).

One exploding gradient can undo what a thousand steps have learned. Clipping bounds the length of a step and keeps its
direction: all gradients together are seen as one long vector, and if that is longer than θ it is shortened to θ.

    gradients of the parameters
    g₁ (*) ──┐
    g₂ (*) ──┼──> ‖g‖ = √(Σ g₁² + Σ g₂² + …) ──> returned           ‖g‖ ≤ θ:  all stay as they are
    None     │           one number for all                         ‖g‖ > θ:  every g ← g · θ/‖g‖, in place
    …      ──┘

    g₁ = [3, 0], g₂ = [[4]], a third parameter without a gradient:    ‖g‖ = √(9 + 16) = 5
    θ = 1:    g₁ = [0.6, 0], g₂ = [[0.8]]     not [1, 0] and [[1]]: each on its own, they would point elsewhere
    θ = 10:   nothing happens

Write `clip_gradients`. What is graded:

- Returned is ‖g‖ as it was before clipping, a float, whether something was clipped or not.
- Where ‖g‖ ≤ θ, gradients stay exactly as they are: never scaled up. (‖g‖ = θ to within rounding is not drawn.)
- Where ‖g‖ > θ, all are multiplied by θ/‖g‖. (θ/(‖g‖ + 10⁻⁶), as PyTorch has it, is right as well: ‖g‖ is 0 or ≥ 0.1.)
- Gradients are scaled in place: whoever shares their storage sees it. Their dtype (float32 or float64) stays.
- A parameter whose `grad` is None is skipped, and its `grad` stays None. If all are None, or all gradients are 0, then
  0.0 is returned and nothing changes.
- `params` is any iterable of parameters: a list, or what `model.parameters()` gives, which can be gone through only once.
- The parameters themselves do not move. θ > 0; gradients belong to no graph.

Forbidden: `torch.nn.utils.clip_grad_norm_`, and the two of which it is made: `torch.nn.utils.get_total_norm` and
`torch.nn.utils.clip_grads_with_norm_`.

Try it by hand:

    >>> params = [torch.nn.Parameter(torch.zeros(2)), torch.nn.Parameter(torch.zeros(1, 1)), torch.nn.Parameter(torch.zeros(3))]
    >>> params[0].grad, params[1].grad = torch.tensor([3.0, 0.0]), torch.tensor([[4.0]])
    >>> clip_gradients(params, theta=1.0)
    5.0
    >>> [x.grad for x in params]
    [tensor([0.6000, 0.0000]), tensor([[0.8000]]), None]

★ For a star (no points): if the norm is not finite (there is an ∞ or a NaN among the gradients), raise `ValueError` and
change nothing.
"""

from collections.abc import Iterable

import torch


def clip_gradients(params: Iterable[torch.nn.Parameter], theta: float) -> float:
    """Shorten the gradients of all parameters together to the length `theta`, in place, if they are longer.

    Args:
        params: the parameters, of any shapes, with or without a gradient.
        theta: the longest that all gradients together may be, above 0.

    Returns:
        The L2 norm of all gradients together, before clipping.
    """
    raise NotImplementedError
