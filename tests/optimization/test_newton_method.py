"""Properties of newton_method, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. x0 is not in the trajectory, or the trajectory is float32              → trajectory_starts_at_x0
2. one tensor is updated in place, so that all rows, or x0, are the last  → …starts_at_x0, arguments_are_left_alone
3. x + s; H @ g instead of solving; the diagonal instead of H             → newton_solves_quadratics
4. lr is ignored, or its default is not 1                                 → newton_solves_quadratics
5. the Hessian at x0 is kept for all steps                                → …_matches_the_reference
6. H is made positive definite first, or taken to be so (Cholesky)        → newton_solves_quadratics
7. damped_newton keeps the sign of the curvature                          → damped_newton_leaves_saddles
8. negative curvatures are cut off at the floor instead of turned round   → damped_newton_leaves_saddles
9. eigenvectors are rows; or |H| is taken entry by entry                  → damped_newton_leaves_saddles
10. the floor is added, or there is none                                  → almost_flat_directions
11. newton keeps curvatures away from 0, which damped_newton does         → newton_solves_quadratics
"""

import functools
import itertools
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import assume
from hypothesis import strategies as st

from grader.kit import (
    Formula,
    Quadratic,
    Values,
    assert_arguments_kept,
    assert_matches,
    check,
    given,
    graded,
    quadratics,
    sizes,
    tensor,
    values,
)

CLOSE = 1e-6
"""Trajectories in float64 agree to this, even where curvatures near 0 make the steps long."""
CLOSER = 1e-8
"""And to this where they do not: what was computed in float32 does not come so close."""


def options(case):
    """lr = 1 is the default, and left out."""
    return {} if case.lr == 1.0 else {"lr": case.lr}


@dataclass(frozen=True)
class Surface:
    """x'Ax/2 + b'x with these curvatures: its axes are mirrored, so that A is not diagonal."""

    curvatures: tuple[float, ...]
    mirror: Values
    b: Values
    x0: Values
    lr: float
    num_steps: int
    scale: float = 1.0

    @functools.cached_property
    def directions(self):
        """The eigenvectors, (d, d), symmetric: I − 2vv'/v'v."""
        v = self.mirror.tensor
        return torch.eye(len(v), dtype=v.dtype) - 2 * torch.outer(v, v) / (v @ v)

    @functools.cached_property
    def A(self):
        """(d, d)."""
        Q = self.directions
        A = Q @ torch.diag(torch.tensor(self.curvatures, dtype=Q.dtype)) @ Q
        return (A + A.T) / 2

    @functools.cached_property
    def grad(self):
        return Formula("A @ x + b", A=self.A, b=self.b)

    @functools.cached_property
    def hess(self):
        return Formula("A", A=self.A)

    @property
    def args(self):
        return self.grad, self.hess, self.x0, self.num_steps

    def shown(self):
        return {
            "grad": self.grad.expression, "hess": self.hess.expression, **self.grad.tensors, "x0": self.x0,
            "num_steps": self.num_steps, **options(self), "eigenvalues of A": self.curvatures,
        }  # fmt: skip


@dataclass(frozen=True)
class Quartic:
    """x'Ax/2 + b'x + Σ x⁴/4: its curvature depends on x. A has the eigenvalues of the quadratic, less `lowered`."""

    quadratic: Quadratic
    lowered: float
    lr: float
    num_steps: int

    @functools.cached_property
    def A(self):
        H = self.quadratic.hessian
        return H - self.lowered * torch.eye(len(H), dtype=H.dtype)

    @functools.cached_property
    def grad(self):
        return Formula("A @ x + b + x ** 3", A=self.A, b=self.quadratic.linear)

    @functools.cached_property
    def hess(self):
        return Formula("A + 3 * torch.diag(x ** 2)", A=self.A)

    @functools.cached_property
    def hess_diag(self):
        return Formula("A.diagonal() + 3 * x ** 2", A=self.A)

    @property
    def x0(self):
        return self.quadratic.x0

    @property
    def args(self):
        return self.grad, self.hess, self.x0, self.num_steps

    @property
    def jacobi_args(self):
        return self.grad, self.hess_diag, self.x0, self.lr, self.num_steps

    @property
    def clear(self):
        """Whether no curvature on the way comes so close to 0 that rounding would decide about the step."""
        x = self.x0.tensor
        for _ in range(self.num_steps):
            curvatures, V = torch.linalg.eigh(self.hess(x))
            if curvatures.abs().min() < 0.1:
                return False
            x = x - self.lr * V @ (V.T @ self.grad(x) / curvatures.abs())
        return True

    def shown(self):
        return {
            "grad": self.grad.expression, "hess": self.hess.expression, "hess_diag": self.hess_diag.expression,
            **self.grad.tensors, "x0": self.x0, "lr": self.lr, "num_steps": self.num_steps,
        }  # fmt: skip


@dataclass(frozen=True)
class OtherCoordinates:
    """A quartic in x, and the same in y, where x = S y + t."""

    quartic: Quartic
    factor: Values
    t: Values
    y0: Values

    @functools.cached_property
    def S(self):
        """(d, d), invertible: lower triangular, with 0.5, 2, −1, … on the diagonal."""
        M = self.factor.tensor
        return M.tril(-1) / 2 + torch.diag(torch.tensor([0.5, 2.0, -1.0], dtype=M.dtype)[: len(M)])

    @functools.cached_property
    def x0(self):
        return self.S @ self.y0.tensor + self.t.tensor

    @functools.cached_property
    def in_y(self):
        """The gradient and the Hessian in y."""
        tensors = {"A": self.quartic.A, "S": self.S, "t": self.t}
        return (
            Formula("S.T @ (A @ (S @ x + t) + b + (S @ x + t) ** 3)", b=self.quartic.quadratic.linear, **tensors),
            Formula("S.T @ (A + 3 * torch.diag((S @ x + t) ** 2)) @ S", **tensors),
        )

    def shown(self):
        one = self.quartic
        return {
            "grad in x": one.grad.expression, **one.grad.tensors, "x0": self.x0, "S": self.S, "t": self.t, "y0": self.y0,
            "num_steps": one.num_steps, **options(one),
        }  # fmt: skip


@st.composite
def surfaces(draw, most_steps=4, tiny=False, scales=(1.0,)):
    """Curvatures from 0.3 to 3 of either sign, times a scale; where `tiny`, at least one is flat, or nearly, instead."""
    size, seed = draw(sizes(4)), draw(st.integers(0, 2**16))
    generator = np.random.default_rng(seed)
    curvatures = generator.integers(3, 31, size=size) / 10 * generator.choice([-1, 1], size=size)
    if tiny:
        small = draw(sizes(size))
        curvatures[:small] = generator.choice([0.0, 3e-7, -3e-7, 1.5e-6, -1.5e-6], size=small)
    scale = draw(st.sampled_from(scales))
    return Surface(
        tuple((curvatures * scale).tolist()),
        mirror=Values((size,), seed, nonzero=True),
        b=Values((size,), seed + 1, scale=scale),
        x0=Values((size,), seed + 2),
        lr=draw(st.sampled_from([1.0, 0.5, 0.3])),
        num_steps=draw(sizes(most_steps)),
        scale=scale,
    )


@st.composite
def quartics(draw, lowered=(0.0,), dtypes=("float64",), least_steps=0):
    quadratic = draw(quadratics(largest=3, dtype=draw(st.sampled_from(dtypes))))
    lr, steps = draw(st.sampled_from([1.0, 0.5, 0.3])), draw(sizes(4, least_steps))
    case = Quartic(quadratic, draw(st.sampled_from(lowered)), lr, steps)
    assume(lowered == (0.0,) or case.clear)
    return case


@st.composite
def coordinates(draw):
    quartic = draw(quartics(least_steps=1))
    size = quartic.x0.shape
    return OtherCoordinates(quartic, draw(values(size * 2)), draw(values(size)), draw(values(size)))


def walk(submission, name, *args, **kwargs):
    """A trajectory of rows like x0, in float64."""
    *_, x0, num_steps = args
    expected = (num_steps + 1, *x0.shape)
    return tensor(getattr(submission, name)(*args, **kwargs), name, shape=expected).double()


@graded(
    points=1,
    title={
        "en": "A trajectory has num_steps + 1 rows of x0's dtype, the first of them x0",
        "zh": "轨迹有 num_steps + 1 行，数据类型与 x0 相同，第一行是 x0",
    },
    teaching="the first to fail where the code does not run at all; and the only one that asks float32",
)
@given(case=quartics(dtypes=("float64", "float32")), share=0.4)
def test_trajectory_starts_at_x0(submission, reference, case):
    x0 = case.x0.tensor
    trajectories = {
        "newton": submission.newton(*case.args, **options(case)),
        "damped_newton": submission.damped_newton(*case.args, **options(case)),
        "jacobi_preconditioned": submission.jacobi_preconditioned(*case.jacobi_args),
    }
    for name, trajectory in trajectories.items():
        rows = tensor(trajectory, name, shape=(case.num_steps + 1, *x0.shape), dtype=x0.dtype)
        assert_matches(rows[0], x0, quantity=f"{name}(…)[0]")


@graded(
    points=2,
    title={
        "en": "On a quadratic every step of newton shrinks the gradient by 1 − lr, to 0 if lr = 1",
        "zh": "在二次函数上，牛顿法每步使梯度乘以 1 − lr，lr = 1 时一步变为 0",
    },
)
@given(case=surfaces(scales=(1.0, 1.0, 1e-8)))
def test_newton_solves_quadratics(submission, reference, case):
    trajectory = walk(submission, "newton", *case.args, **options(case))
    for step, (x, after) in enumerate(itertools.pairwise(trajectory), start=1):
        expected, actual = (1 - case.lr) * case.grad(x), case.grad(after)
        check(
            torch.allclose(actual, expected, rtol=CLOSE, atol=CLOSE * case.scale),
            {
                "en": f"step {step} takes the gradient from {_shown(case.grad(x))} to {_shown(actual)}, expected "
                f"1 − lr = {1 - case.lr:g} times as much",
                "zh": f"第 {step} 步使梯度由 {_shown(case.grad(x))} 变为 {_shown(actual)}，应乘以 1 − lr = {1 - case.lr:g}",
            },
            expected=expected,
            actual=actual,
            quantity=f"grad(newton(…)[{step}])",
        )


def _shown(vector):
    return "(" + ", ".join(f"{one:.4g}" for one in vector.tolist()) + ")"


@graded(
    points=1,
    title={
        "en": "newton takes the same steps in other coordinates, x = S y + t",
        "zh": "换用坐标 x = S y + t，牛顿法的更新量不变",
    },
    teaching="says what Newton's method has and gradient descent lacks, where the others show rows that differ",
)
@given(case=coordinates(), share=0.5)
def test_newton_is_affine_invariant(submission, reference, case):
    one = case.quartic
    in_x = walk(submission, "newton", one.grad, one.hess, case.x0, one.num_steps, **options(one))
    in_y = walk(submission, "newton", *case.in_y, case.y0, one.num_steps, **options(one))
    back = in_y @ case.S.T + case.t.tensor
    check(
        torch.allclose(in_x, back, rtol=CLOSE, atol=CLOSE),
        {
            "en": "the trajectory in y, brought back by x = S y + t, is not the trajectory in x: expected the same rows",
            "zh": "在坐标 y 下得到的轨迹经 x = S y + t 变换回来，与在坐标 x 下的轨迹不同，应各行相同",
        },
        expected=in_x,
        actual=back,
        quantity={"en": "S y + t", "zh": "S y + t"},
    )


@graded(points=1, title={"en": "newton matches the reference", "zh": "newton 与参考实现一致"})
@given(case=quartics())
def test_newton_matches_the_reference(submission, reference, case):
    mine, theirs = (one.newton(*case.args, **options(case)) for one in (submission, reference))
    assert_matches(mine, theirs, rtol=CLOSER, atol=CLOSER, quantity="newton")


@graded(
    points=1,
    title={
        "en": "Along negative curvature damped_newton goes away from the saddle, downhill",
        "zh": "沿负曲率方向，damped_newton 远离鞍点，走向下坡",
    },
    teaching="says along which curvature a step goes the wrong way, where the reference only shows rows that differ",
)
@given(case=surfaces(), share=0.6)
def test_damped_newton_leaves_saddles(submission, reference, case):
    trajectory = walk(submission, "damped_newton", *case.args, **options(case))
    slopes = torch.stack([case.directions @ case.grad(x) for x in trajectory])  # (num_steps + 1, d)
    factors = torch.tensor([1 - case.lr if one > 0 else 1 + case.lr for one in case.curvatures], dtype=slopes.dtype)
    for step, (before, after) in enumerate(itertools.pairwise(slopes), start=1):
        wrong = ~torch.isclose(after, factors * before, rtol=CLOSE, atol=CLOSE)
        axis = int(wrong.int().argmax())
        curvature, factor = case.curvatures[axis], float(factors[axis])
        check(
            not wrong.any(),
            {
                "en": f"along the eigenvector with λ = {curvature:g} step {step} takes the slope from {before[axis]:.4g} to "
                f"{after[axis]:.4g}, expected {factor:g} times as much: "
                + ("to the bottom" if curvature > 0 else "downhill, away from the top"),
                "zh": f"沿 λ = {curvature:g} 的特征向量，第 {step} 步使坡度由 {before[axis]:.4g} 变为 {after[axis]:.4g}，"
                f"应乘以 {factor:g}，即" + ("走向谷底" if curvature > 0 else "离开顶部，走向下坡"),
            },
        )


@graded(
    points=1,
    title={"en": "Curvatures below 1e-6 count as 1e-6", "zh": "绝对值小于 1e-6 的曲率按 1e-6 计"},
)
@given(case=surfaces(most_steps=1, tiny=True))
def test_almost_flat_directions(submission, reference, case):
    before, after = walk(submission, "damped_newton", *case.args, **options(case))
    expected = case.directions @ case.grad(before) / torch.tensor(case.curvatures).abs().clamp(min=1e-6)
    step = case.directions @ (before - after) / case.lr  # (d,), along the eigenvectors
    large = 1e-3 * float(expected.abs().max())
    assert_matches(
        step,
        expected,
        rtol=1e-3,
        atol=large,
        quantity={"en": "the step along the eigenvectors, divided by lr,", "zh": "沿各特征向量的步长（除以 lr）"},
    )


@graded(points=1, title={"en": "damped_newton matches the reference", "zh": "damped_newton 与参考实现一致"})
@given(case=quartics(lowered=(4.0, 2.0, 8.0)))
def test_damped_newton_matches_the_reference(submission, reference, case):
    mine, theirs = (one.damped_newton(*case.args, **options(case)) for one in (submission, reference))
    assert_matches(mine, theirs, rtol=CLOSE, atol=CLOSE, quantity="damped_newton")


@graded(
    points=1, title={"en": "jacobi_preconditioned matches the reference", "zh": "jacobi_preconditioned 与参考实现一致"}
)
@given(case=quartics())
def test_jacobi_matches_the_reference(submission, reference, case):
    mine, theirs = (one.jacobi_preconditioned(*case.jacobi_args) for one in (submission, reference))
    assert_matches(mine, theirs, rtol=CLOSER, atol=CLOSER, quantity="jacobi_preconditioned")


@graded(points=1, title={"en": "Arguments are left alone", "zh": "不改动传入的参数"})
@given(case=quartics(least_steps=1), share=0.3)
def test_arguments_are_left_alone(submission, reference, case):
    names = ["grad", "hess", "x0"]
    assert_arguments_kept(submission.newton, *case.args, names=names, **options(case))
    assert_arguments_kept(submission.damped_newton, *case.args, names=names, **options(case))
    assert_arguments_kept(submission.jacobi_preconditioned, *case.jacobi_args, names=["grad", "hess_diag", "x0"])
