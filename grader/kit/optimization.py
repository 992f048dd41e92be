"""Cases of chapter 11: objectives, and optimizers that run several steps on drawn gradients."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from hypothesis import strategies as st

from grader.kit.values import Values, sizes, values


@dataclass(frozen=True)
class Quadratic:
    """f(x) = x'Ax/2 + b'x with A = M'M/d + I symmetric positive definite; x0 is where to start."""

    factor: Values
    linear: Values
    x0: Values

    @property
    def hessian(self) -> torch.Tensor:
        """A: (d, d)."""
        factor = self.factor.tensor
        return factor.T @ factor / len(factor) + torch.eye(len(factor), dtype=factor.dtype)

    def f(self, x: torch.Tensor) -> float:
        """The value at x: (d,)."""
        return float(x @ self.hessian @ x / 2 + self.linear.tensor @ x)

    def grad(self, x: torch.Tensor) -> torch.Tensor:
        """The gradient at x: (d,) -> (d,)."""
        return self.hessian @ x + self.linear.tensor


@st.composite
def quadratics(draw: st.DrawFn, *, largest: int = 4) -> Quadratic:
    """Convex quadratics in 1 to `largest` dimensions."""
    size = draw(sizes(largest))
    return Quadratic(draw(values((size, size))), draw(values((size,))), draw(values((size,))))


@dataclass(frozen=True)
class OptimizerRun:
    """Parameters, and for each step one gradient (or None) per parameter."""

    params: tuple[Values, ...]
    steps: tuple[tuple[Values | None, ...], ...]


@st.composite
def optimizer_runs(
    draw: st.DrawFn,
    *,
    dtype: str = "float64",
    missing: bool = False,
    most_steps: int = 5,
    scales: tuple[float, ...] = (1.0,),
) -> OptimizerRun:
    """Two to four parameters, some of equal shape; gradients of drawn scale, some None if `missing`."""
    shapes = draw(st.lists(st.sampled_from([(2,), (3, 2), (1,)]), min_size=2, max_size=4))
    params = tuple(draw(values(shape, dtype=dtype)) for shape in shapes)
    steps = []
    for _ in range(draw(st.integers(1, most_steps))):
        grads: list[Values | None] = []
        for shape in shapes:
            absent = missing and draw(st.integers(0, 3)) == 3
            scale = draw(st.sampled_from(scales))
            grads.append(None if absent else draw(values(shape, dtype=dtype, scale=scale)))
        steps.append(tuple(grads))
    return OptimizerRun(params, tuple(steps))
