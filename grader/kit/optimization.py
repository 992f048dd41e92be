"""Cases of chapter 11: objectives, and optimizers that run several steps on drawn gradients."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st

from grader.kit.formula import Formula
from grader.kit.values import Values, sizes, values


@dataclass(frozen=True)
class Quadratic:
    """f(x) = x'Ax/2 + b'x with A = M'M/d + I symmetric positive definite; x0 is where to start."""

    factor: Values
    linear: Values
    x0: Values

    @functools.cached_property
    def hessian(self) -> torch.Tensor:
        """A: (d, d)."""
        factor = self.factor.tensor
        return factor.T @ factor / len(factor) + torch.eye(len(factor), dtype=factor.dtype)

    @functools.cached_property
    def f(self) -> Formula:
        """The value at x: (d,) -> ()."""
        return Formula("x @ A @ x / 2 + b @ x", A=self.hessian, b=self.linear)

    @functools.cached_property
    def grad(self) -> Formula:
        """The gradient at x: (d,) -> (d,)."""
        return Formula("A @ x + b", A=self.hessian, b=self.linear)

    @property
    def largest_curvature(self) -> float:
        """L, the largest eigenvalue of A: gradient descent converges for learning rates below 2 / L."""
        return float(torch.linalg.eigvalsh(self.hessian)[-1])


@st.composite
def quadratics(draw: st.DrawFn, *, largest: int = 4, dtype: str = "float64") -> Quadratic:
    """Convex quadratics in 1 to `largest` dimensions."""
    size = draw(sizes(largest))
    return Quadratic(
        draw(values((size, size), dtype=dtype)), draw(values((size,), dtype=dtype)), draw(values((size,), dtype=dtype))
    )


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
    least_steps: int = 1,
) -> OptimizerRun:
    """Two to four parameters, some of equal shape; gradients of drawn scale, a quarter of them None if `missing`.

    Sizes are drawn one by one, so that they shrink; one seed draws the rest (Hypothesis charges by the draw).
    """
    shapes = draw(st.lists(st.sampled_from([(2,), (3, 2), (1,)]), min_size=2, max_size=4))
    num_steps = draw(st.integers(least_steps, most_steps))
    generator = np.random.default_rng(draw(st.integers(0, 2**16)))

    def drawn(shape: tuple[int, ...], scale: float) -> Values:
        return Values(shape, int(generator.integers(2**16)), dtype, scale)

    def gradient(shape: tuple[int, ...]) -> Values | None:
        absent = missing and generator.random() < 0.25
        scale = scales[generator.integers(len(scales))]
        return None if absent else drawn(shape, scale)

    params = tuple(drawn(shape, 1.0) for shape in shapes)
    return OptimizerRun(params, tuple(tuple(gradient(shape) for shape in shapes) for _ in range(num_steps)))
