"""Critical points (《动手学深度学习》 11.1.2 深度学习中的优化挑战：局部最小值、鞍点、梯度消失).

Where the gradient is 0 an optimizer stops. Has it arrived? The curvatures tell, the eigenvalues of the Hessian H:

    f(x + h·e_i), f(x − h·e_i) ──central differences──> gradient (d,)       is it 0, so that x is a critical point?
    f(x ± h·e_i ± h·e_j) ─────────the same, twice─────> Hessian  (d, d) ──eigenvalues──> (d,) ──signs──> what x is

    all eigenvalues above tol              minimum            f = x² + y²     curvatures 2 and 2
    all below −tol                         maximum            f = −x² − y²    curvatures −2 and −2
    one above tol and one below −tol       saddle             f = x² − y²     curvatures 2 and −2
    anything else                          inconclusive       f = x² + y⁴     curvatures 2 and 0

`f` is a black box here: it can be asked for its value at any point, but autograd cannot look into it. A central
difference asks on both sides of x and divides by the distance: (f(x + h·e_i) − f(x − h·e_i)) / 2h, where e_i is 1 on
axis i and 0 elsewhere.

Write the three functions. What is graded:

- `numerical_gradient` is right on quadratics up to rounding, for every h > 0: one-sided differences are not. Its error
  shrinks like h²: on c·x³ it is c·h², at most. `h` is honoured: of an f that is known to three decimals only, a small
  h sees nothing but stairs, and a large one the slope.
- `numerical_hessian` holds the second derivatives of all pairs of axes. Which points around x you ask is up to you, as
  long as they lie symmetrically, no more than 2h away along each axis: then it is right on cubics, for every h, and on
  c·x⁴ its error is 8c·h², at most.
- The Hessian is symmetric, up to rounding.
- Both have the dtype of `x` (float32 or float64) and are computed in it; float64 is graded in value, float32 only for
  its dtype. `x` is left alone: not even its last digit is changed in place.
- `f` maps a tensor (d,) to a scalar tensor (), both in the dtype of x; it takes one point at a time.
- `classify_critical_point` goes by the table. An eigenvalue between −tol and tol counts as flat: one such beside a
  positive and a negative one is still a saddle, for there is a way down and a way up; beside others of one sign only
  it leaves the question open, for then terms of higher order decide. `hessian` is symmetric.

Try it by hand, with f(x) = x₀² − x₁² + x₀·x₁ at (1, 2), where the gradient is (2x₀ + x₁, −2x₁ + x₀):

    >>> x = torch.tensor([1.0, 2.0], dtype=torch.float64)
    >>> numerical_gradient(lambda x: x[0] ** 2 - x[1] ** 2 + x[0] * x[1], x, h=0.5)
    tensor([ 4., -3.], dtype=torch.float64)
    >>> numerical_hessian(lambda x: x[0] ** 2 - x[1] ** 2 + x[0] * x[1], x, h=0.5)
    tensor([[ 2.,  1.],
            [ 1., -2.]], dtype=torch.float64)
    >>> classify_critical_point(torch.tensor([[2.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, -2.0]]))
    'saddle'
    >>> classify_critical_point(torch.tensor([[2.0, 0.0], [0.0, 0.0]]))
    'inconclusive'
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def numerical_gradient(f: Callable[[Tensor], Tensor], x: Float[Tensor, " d"], h: float = 1e-5) -> Float[Tensor, " d"]:
    """The gradient of f at x by central differences.

    Args:
        f: the function, (d,) -> (); a black box.
        x: where to take the gradient, (d,); it is left alone.
        h: how far from x to ask, positive.

    Returns:
        The first derivatives, (d,).
    """
    raise NotImplementedError


def numerical_hessian(f: Callable[[Tensor], Tensor], x: Float[Tensor, " d"], h: float = 1e-4) -> Float[Tensor, "d d"]:
    """The Hessian of f at x by central differences.

    Args:
        f: the function, (d,) -> (); a black box.
        x: where to take the Hessian, (d,); it is left alone.
        h: how far from x to ask along each axis, positive.

    Returns:
        The second derivatives, (d, d), symmetric.
    """
    raise NotImplementedError


def classify_critical_point(hessian: Float[Tensor, "d d"], tol: float = 1e-6) -> str:
    """What a critical point is, by its curvatures.

    Args:
        hessian: the second derivatives there, (d, d), symmetric.
        tol: curvatures between −tol and tol count as flat.

    Returns:
        "minimum", "maximum", "saddle" or "inconclusive".
    """
    raise NotImplementedError
