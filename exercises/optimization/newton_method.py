"""Newton's method (《动手学深度学习》 11.3.3 自适应方法：牛顿法, 预处理).

Gradient descent asks for a learning rate, because the gradient knows how steep it is but not how far it is to the
bottom. The curvature knows: step to where the quadratic that fits f at x has its critical point, and look again there.

    x ──grad──> g (d,)   ┐
      ──hess──> H (d, d) ┴──solve H s = g──> s (d,) ──x − lr · s──> next x          for lr = 1 the whole way

    newton                  s solves H s = g
    damped_newton           s solves |H| s = g, where |H| has H's eigenvectors and the absolute values of its eigenvalues
    jacobi_preconditioned   s_i = g_i / H_ii: as if H were diagonal, which is cheap

On a quadratic one step of Newton with lr = 1 is enough. And it does not matter in which coordinates f is written: if
x = S y + t, then the steps taken in y are the steps taken in x. Gradient descent has neither property, with momentum or
without; Adam hardly minds when axes are stretched, but it does when they are turned. But Newton goes to any critical
point, a saddle as well as a minimum. Along an eigenvector with curvature λ its step is g/λ, uphill where λ is negative;
g/|λ| goes downhill there, and leaves the saddle.

Write the three functions. What is graded:

- Each returns the trajectory, (num_steps + 1, d): row t is x after t steps, row 0 is `x0`. With num_steps = 0 it has
  that one row. It has the dtype of `x0` (float32 or float64), and `x0` is left alone. float64 is computed in float64:
  results agree to 1e-8.
- The Hessian is taken anew in every step. It is symmetric, and for `newton` it has no eigenvalue of 0; but it need not
  be positive definite. How small f is does not matter to `newton`: 10⁻⁸ · f has the same steps as f.
- `damped_newton` divides by max(|λ|, 1e-6): where f is almost flat the step is long, but not endless.
- `grad` maps a tensor (d,) to a tensor (d,), `hess` to a tensor (d, d), `hess_diag` to the Hessian's diagonal (d,),
  which is positive; all in the dtype of x.

Forbidden: `inv`, `pinv`, `inverse`, `pinverse`, `inv_ex`. Solving a linear system is cheaper and more accurate.

Try it by hand, with f(x) = x₀² − x₁², which has a saddle at 0:

    >>> grad, hess = lambda x: torch.stack([2 * x[0], -2 * x[1]]), lambda x: torch.diag(torch.tensor([2.0, -2.0]))
    >>> x0 = torch.tensor([3.0, 0.5])
    >>> newton(grad, hess, x0, num_steps=1)
    tensor([[3.0000, 0.5000],
            [0.0000, 0.0000]])
    >>> damped_newton(grad, hess, x0, num_steps=2)
    tensor([[3.0000, 0.5000],
            [0.0000, 1.0000],
            [0.0000, 2.0000]])
    >>> jacobi_preconditioned(lambda x: torch.stack([2 * x[0], 8 * x[1]]), lambda x: torch.tensor([2.0, 8.0]), x0, 0.5, 1)
    tensor([[3.0000, 0.5000],
            [1.5000, 0.2500]])
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def newton(
    grad: Callable[[Tensor], Tensor],
    hess: Callable[[Tensor], Tensor],
    x0: Float[Tensor, " d"],
    num_steps: int,
    lr: float = 1.0,
) -> Float[Tensor, "num_steps+1 d"]:
    """Take `num_steps` steps of Newton's method: x − lr · s, where H s = g.

    Args:
        grad: the gradient of the objective, (d,) -> (d,).
        hess: its Hessian, (d,) -> (d, d), symmetric, without an eigenvalue of 0.
        x0: where to start, (d,); it is left alone.
        num_steps: how many steps to take, 0 or more.
        lr: the part of the way to go, 1 for all of it.

    Returns:
        The trajectory, (num_steps + 1, d): row t is x after t steps.
    """
    raise NotImplementedError


def damped_newton(
    grad: Callable[[Tensor], Tensor],
    hess: Callable[[Tensor], Tensor],
    x0: Float[Tensor, " d"],
    num_steps: int,
    lr: float = 1.0,
) -> Float[Tensor, "num_steps+1 d"]:
    """Take `num_steps` steps that use how much f is curved, but not which way: x − lr · s, where |H| s = g.

    Args:
        grad: the gradient of the objective, (d,) -> (d,).
        hess: its Hessian, (d,) -> (d, d), symmetric.
        x0: where to start, (d,); it is left alone.
        num_steps: how many steps to take, 0 or more.
        lr: the part of the way to go.

    Returns:
        The trajectory, (num_steps + 1, d): row t is x after t steps.
    """
    raise NotImplementedError


def jacobi_preconditioned(
    grad: Callable[[Tensor], Tensor],
    hess_diag: Callable[[Tensor], Tensor],
    x0: Float[Tensor, " d"],
    lr: float,
    num_steps: int,
) -> Float[Tensor, "num_steps+1 d"]:
    """Take `num_steps` steps of gradient descent in which every axis is scaled by its own curvature.

    Args:
        grad: the gradient of the objective, (d,) -> (d,).
        hess_diag: the diagonal of its Hessian, (d,) -> (d,), positive.
        x0: where to start, (d,); it is left alone.
        lr: the learning rate η.
        num_steps: how many steps to take, 0 or more.

    Returns:
        The trajectory, (num_steps + 1, d): row t is x after t steps.
    """
    raise NotImplementedError
