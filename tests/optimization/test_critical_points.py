"""Properties of critical_points, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. f(x + h) − f(x), on one side of x only                             → gradient_of_a_quadratic
2. the difference is divided by h, though the points are 2h apart     → gradient_of_a_quadratic
3. all axes are moved at once; h is ignored, or has another default   → gradient_of_a_quadratic; errors_shrink_like_h_squared
4. x is moved in place and moved back, not quite to where it was      → arguments_are_left_alone
5. the result is float32 whatever x is                                → shape_and_dtype
6. the Hessian has the diagonal only, or only half of the pairs       → hessian_of_a_cubic, hessian_is_symmetric
7. second differences on one side of x only                           → hessian_of_a_cubic
8. diagonal entries, or the determinant, instead of eigenvalues       → curvatures_of_either_sign
9. one flat direction makes everything inconclusive; or flat counts
   as curved upwards, so that a valley is a minimum                   → flat_directions
10. eigenvalues are compared with 0, not with ±tol                    → flat_directions
11. the step grows with x                                             → errors_shrink_like_h_squared
"""

import functools
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import assume
from hypothesis import strategies as st

from grader.kit import (
    Formula,
    Values,
    assert_arguments_kept,
    assert_matches,
    check,
    given,
    graded,
    sizes,
    tensor,
    values,
)

STEPS = (None, 0.5, 0.1)
"""Steps h; None leaves the default, with which rounding errors are the largest."""
ROUNDING = 2e-5
"""A Hessian with the default h is right to this: function values of 20, divided by h² = 1e-8, have lost nine digits."""
STEP = 1e-6
"""A step h that was rounded to float32 makes a derivative wrong by less than this part of it."""


@dataclass(frozen=True)
class Cubic:
    """f(x) = x'Ax/2 + b'x + (w'x)³, with A symmetric: its third derivatives do not depend on x, the fourth are 0."""

    factor: Values
    b: Values
    w: Values
    x: Values
    h: float | None

    @functools.cached_property
    def A(self):
        """(d, d)."""
        return (self.factor.tensor + self.factor.tensor.T) / 2

    @functools.cached_property
    def quadratic(self):
        """Without the cubic term."""
        return Formula("x @ A @ x / 2 + b @ x", A=self.A, b=self.b)

    @functools.cached_property
    def rounded(self):
        """The quadratic, known to three decimals only: asked nearby, it looks flat, or like a staircase."""
        return Formula("(x @ A @ x / 2 + b @ x).round(decimals=3)", A=self.A, b=self.b)

    @functools.cached_property
    def f(self):
        return Formula("x @ A @ x / 2 + b @ x + (w @ x) ** 3", A=self.A, b=self.b, w=self.w)

    @property
    def gradient(self):
        """That of the quadratic: (d,)."""
        return self.A @ self.x.tensor + self.b.tensor

    @property
    def hessian(self):
        """That of the cubic: (d, d)."""
        w = self.w.tensor
        return self.A + 6 * (w @ self.x.tensor) * torch.outer(w, w)

    @property
    def options(self):
        return {} if self.h is None else {"h": self.h}

    def shown(self):
        return {"f": self.f.expression, **self.f.tensors, "x": self.x, **self.options}


@dataclass(frozen=True)
class Power:
    """c·x³ and c·x⁴, summed over the axes, at x."""

    c: Values
    x: Values
    h: float | None

    @functools.cached_property
    def cubic(self):
        return Formula("(c * x ** 3).sum()", c=self.c)

    @functools.cached_property
    def quartic(self):
        return Formula("(c * x ** 4).sum()", c=self.c)

    @property
    def options(self):
        return {} if self.h is None else {"h": self.h}


@dataclass(frozen=True)
class Point:
    """A critical point with so many negative, flat and positive curvatures; axes are mirrored so that they do not show."""

    negative: tuple[float, ...]
    flat: tuple[float, ...]
    positive: tuple[float, ...]
    mirror: Values
    tol: float | None = None

    @property
    def curvatures(self):
        return (*self.negative, *self.flat, *self.positive)

    @functools.cached_property
    def hessian(self):
        """(d, d), symmetric: Q diag(curvatures) Q with Q = I − 2vv'/v'v."""
        v = self.mirror.tensor.double()
        Q = torch.eye(len(v), dtype=torch.float64) - 2 * torch.outer(v, v) / (v @ v)
        H = Q @ torch.diag(torch.tensor(self.curvatures, dtype=torch.float64)) @ Q
        return ((H + H.T) / 2).to(self.mirror.tensor.dtype)

    @property
    def kind(self):
        if self.negative and self.positive:
            return "saddle"
        if self.flat:
            return "inconclusive"
        return "minimum" if self.positive else "maximum"

    @property
    def options(self):
        return {} if self.tol is None else {"tol": self.tol}

    def shown(self):
        return {"hessian": self.hessian, **self.options, "eigenvalues of hessian": self.curvatures}


@st.composite
def cubics(draw):
    """Values of f stay below about 20."""
    size, h, seed = draw(sizes(3)), draw(st.sampled_from(STEPS)), draw(st.integers(0, 2**16))
    return Cubic(
        factor=Values((size, size), seed),
        b=Values((size,), seed + 1),
        w=Values((size,), seed + 2, scale=0.2, nonzero=True),
        x=Values((size,), seed + 3, scale=0.3),
        h=h,
    )


@st.composite
def powers(draw, dtypes=("float64",), scale=1.0):
    size, h, dtype = draw(sizes(4)), draw(st.sampled_from(STEPS)), draw(st.sampled_from(dtypes))
    return Power(draw(values((size,), dtype=dtype, nonzero=True)), draw(values((size,), dtype=dtype, scale=scale)), h)


@st.composite
def points(draw, most_flat=0, dtypes=("float64",)):
    """Curvatures from 0.2 to 3 of either sign, and up to `most_flat` (if any, at least one) that are 0."""
    negative, positive = draw(sizes(2, 0)), draw(sizes(2, 0))
    flat = draw(sizes(most_flat)) if most_flat else 0
    assume(negative + flat + positive)
    seed, dtype = draw(st.integers(0, 2**16)), draw(st.sampled_from(dtypes))
    drawn = np.random.default_rng(seed).integers(2, 31, size=negative + positive) / 10
    mirror = Values((negative + flat + positive,), seed, dtype, nonzero=True)
    return Point(tuple((-drawn[:negative]).tolist()), (0.0,) * flat, tuple(drawn[negative:].tolist()), mirror)


@st.composite
def near_the_tolerance(draw):
    """Curvatures of ±1.5 tol, which count, and of ±0.7 tol, which are flat."""
    negative, flat, positive = draw(sizes(1, 0)), draw(sizes(2, 0)), draw(sizes(1, 0))
    assume(negative + flat + positive)
    tol, seed = draw(st.sampled_from([None, 0.2, 1.0])), draw(st.integers(0, 2**16))
    unit = 1e-6 if tol is None else tol
    slight = tuple((np.random.default_rng(seed).choice([-0.7, 0.7], size=flat) * unit).tolist())
    mirror = Values((negative + flat + positive,), seed, nonzero=True)
    return Point((-1.5 * unit,) * negative, slight, (1.5 * unit,) * positive, mirror, tol)


ordinary = cubics()


@graded(
    points=1,
    title={
        "en": "The gradient is (d,), the Hessian (d, d), of the dtype of x",
        "zh": "梯度形状为 (d,)，黑塞矩阵为 (d, d)，数据类型与 x 相同",
    },
    teaching="the first to fail where the code does not run at all; and the only one that asks float32",
)
@given(case=powers(dtypes=("float64", "float32")), share=0.4)
def test_shape_and_dtype(submission, reference, case):
    dtype, (d,) = case.x.tensor.dtype, case.x.shape
    gradient = submission.numerical_gradient(case.cubic, case.x, **case.options)
    tensor(gradient, "numerical_gradient", shape=(d,), dtype=dtype)
    hessian = submission.numerical_hessian(case.cubic, case.x, **case.options)
    tensor(hessian, "numerical_hessian", shape=(d, d), dtype=dtype)


@graded(
    points=1,
    title={
        "en": "The gradient of a quadratic is right; a large h copes with a rough f",
        "zh": "二次函数的梯度准确；f 只精确到几位小数时，较大的 h 仍有效",
    },
)
@given(case=ordinary)
def test_gradient_of_a_quadratic(submission, reference, case):
    gradient = submission.numerical_gradient(case.quadratic, case.x, **case.options)
    quantity = {"en": "the gradient of x @ A @ x / 2 + b @ x", "zh": "x @ A @ x / 2 + b @ x 的梯度"}
    assert_matches(gradient, case.gradient, atol=1e-7, quantity=quantity)
    if case.h is None:
        return
    rough = tensor(submission.numerical_gradient(case.rounded, case.x, case.h), quantity, shape=case.x.shape)
    worst = float((rough - case.gradient).abs().max())
    check(
        worst <= 5e-3 / case.h,
        {
            "en": f"with f rounded to three decimals and h = {case.h:g} the gradient is off by {worst:.4g}, expected at "
            f"most {5e-3 / case.h:g}: is h honoured?",
            "zh": f"f 只保留三位小数、h = {case.h:g} 时，梯度误差为 {worst:.4g}，应不超过 {5e-3 / case.h:g}：是否用了 h？",
        },
        expected=case.gradient,
        actual=rough,
        quantity=quantity,
    )


@graded(
    points=2,
    title={"en": "The Hessian of a cubic is right, however large h is", "zh": "不论 h 多大，三次函数的黑塞矩阵都准确"},
)
@given(case=ordinary, share=0.6)
def test_hessian_of_a_cubic(submission, reference, case):
    hessian = submission.numerical_hessian(case.f, case.x, **case.options)
    assert_matches(hessian, case.hessian, rtol=ROUNDING, atol=ROUNDING, quantity="numerical_hessian")


@graded(
    points=1,
    title={"en": "The Hessian is symmetric", "zh": "黑塞矩阵是对称的"},
    teaching="says that the order of the two axes does not matter, whatever the values are",
)
@given(case=ordinary, share=0.4)
def test_hessian_is_symmetric(submission, reference, case):
    d = case.x.shape[0]
    hessian = tensor(submission.numerical_hessian(case.f, case.x, **case.options), "numerical_hessian", shape=(d, d))
    off = (hessian - hessian.T).abs()
    i, j = divmod(int(off.argmax()), d)
    check(
        off.max() <= ROUNDING * (1 + hessian.abs().max()),
        {
            "en": f"entry [{i}, {j}] is {hessian[i, j]:.6g} and entry [{j}, {i}] is {hessian[j, i]:.6g}, expected both "
            "to be the same: which derivative comes first does not matter",
            "zh": f"元素 [{i}, {j}] 为 {hessian[i, j]:.6g}，而元素 [{j}, {i}] 为 {hessian[j, i]:.6g}；两者应相等："
            "先对哪个变量求导并不重要",
        },
        actual=hessian,
        quantity="numerical_hessian",
    )


@graded(
    points=1,
    title={"en": "The errors shrink like h²", "zh": "误差与 h² 成正比地缩小"},
    needs=["shape_and_dtype"],
)
@given(case=powers(scale=0.0) | powers(scale=2.0), share=0.5)
def test_errors_shrink_like_h_squared(submission, reference, case):
    c, x, h = case.c.tensor, case.x.tensor, case.h
    d = len(c)
    gradient = submission.numerical_gradient(case.cubic, case.x, **case.options)
    gradient = tensor(gradient, "numerical_gradient", shape=(d,))
    step = 1e-5 if h is None else h
    wanted = 3 * c * x**2
    error, most = (gradient - wanted).abs(), c.abs() * step**2
    rounding = STEP * wanted.abs() + 1e-14 * float((c * x**3).abs().sum()) / step
    check(
        (error <= 1.01 * most + rounding).all(),
        {
            "en": f"the gradient of c·x³ is off by up to {float(error.max()):.4g} with h = {step:g}, "
            "expected at most |c|·h²",
            "zh": f"h = {step:g} 时，c·x³ 的梯度误差达 {float(error.max()):.4g}，应不超过 |c|·h²",
        },
        expected=most,
        actual=error,
        quantity={"en": "the error", "zh": "误差"},
    )
    hessian = submission.numerical_hessian(case.quartic, case.x, **case.options)
    curvatures = tensor(hessian, "numerical_hessian", shape=(d, d)).diagonal()
    step = 1e-4 if h is None else h
    wanted = 12 * c * x**2
    error, most = (curvatures - wanted).abs(), 8 * c.abs() * step**2
    rounding = STEP * wanted.abs() + 1e-14 * float((c * x**4).abs().sum()) / step**2
    check(
        (error <= 1.01 * most + rounding).all(),
        {
            "en": f"the second derivative of c·x⁴ is off by up to {float(error.max()):.4g} with h = {step:g}, "
            "expected at most 8·|c|·h²",
            "zh": f"h = {step:g} 时，c·x⁴ 的二阶导数误差达 {float(error.max()):.4g}，应不超过 8·|c|·h²",
        },
        expected=most,
        actual=error,
        quantity={"en": "the error", "zh": "误差"},
    )


@graded(points=1, title={"en": "Arguments are left alone", "zh": "不改动传入的参数"})
@given(case=ordinary, share=0.3)
def test_arguments_are_left_alone(submission, reference, case):
    names = ["f", "x"]
    assert_arguments_kept(submission.numerical_gradient, case.quadratic, case.x, names=names, **case.options)
    assert_arguments_kept(submission.numerical_hessian, case.quadratic, case.x, names=names, **case.options)
    assert_arguments_kept(submission.classify_critical_point, case.A, names=["hessian"])


def assert_classified(submission, case):
    """Require the right answer, and say by which curvatures it is right."""
    answer = submission.classify_critical_point(case.hessian, **case.options)
    curvatures = ", ".join(f"{one:g}" for one in case.curvatures)
    tol = 1e-6 if case.tol is None else case.tol
    check(
        answer == case.kind,
        {
            "en": f"returned {answer!r} for the curvatures {curvatures} with tol = {tol:g}, expected {case.kind!r}",
            "zh": f"曲率为 {curvatures}、tol = {tol:g} 时返回了 {answer!r}，应为 {case.kind!r}",
        },
    )


@graded(
    points=1,
    title={
        "en": "Curvatures of one sign make a minimum or a maximum, of both a saddle",
        "zh": "曲率同号时是局部最小值或局部最大值，异号时是鞍点",
    },
    teaching="the table's plain lines: it tells eigenvalues that are wrong from flat ones that are treated wrongly",
)
@given(case=points(dtypes=("float64", "float32")))
def test_curvatures_of_either_sign(submission, reference, case):
    assert_classified(submission, case)


@graded(
    points=2,
    title={
        "en": "What lies between −tol and tol is flat: a saddle is still one, all else is open",
        "zh": "−tol 与 tol 之间视为平坦：鞍点仍是鞍点，其余无法判定",
    },
)
@given(case=points(most_flat=2) | near_the_tolerance())
def test_flat_directions(submission, reference, case):
    assert_classified(submission, case)
