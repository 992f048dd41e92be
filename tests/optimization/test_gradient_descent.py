"""Properties of gradient_descent, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. x0 is not in the trajectory, or a row is missing at the end                → trajectory_starts_at_x0
2. the buffer of the trajectory is float32 whatever x0 is                     → trajectory_starts_at_x0
3. x + lr · grad(x): uphill; or the gradient is taken at x0 once and for all  → every_row_is_one_step_on, contracts
4. one tensor is updated in place, so that all rows are the last one          → every_row_is_one_step_on, contracts
5. x0 itself is updated in place                                              → arguments_are_left_alone
6. the line search asks only that f falls (no c)                              → armijo_holds, first_step_that_will_do
7. the bound does not follow α: made once before the loop, or without α in it → armijo_holds, first_step_that_will_do
8. it takes |grad|² for the slope, as if the direction were always −grad      → first_step_that_will_do
9. it shrinks before the first try; it gives up after so many tries           → first_step_that_will_do; armijo_holds
10. NaN is not greater than the bound, −∞ is below it: out of the domain      → stays_in_the_domain
"""

import dataclasses
import functools
import itertools
import math
import re
from dataclasses import dataclass

import torch
from hypothesis import assume
from hypothesis import strategies as st

from grader.kit import (
    Exact,
    Formula,
    Quadratic,
    Values,
    assert_arguments_kept,
    assert_matches,
    check,
    given,
    graded,
    number,
    outcome,
    quadratics,
    sizes,
    tensor,
    values,
)
from grader.kit.quantities import pair

CLOSE = 1e-9
"""float64 trajectories agree to this, relatively."""
LOOSE = 1e-4
"""A trajectory in float32, or computed so, has lost its digits: that costs points elsewhere."""
SAME_STEP = 1e-6
"""Steps of a line search are told apart by factors of rho: one kept in a float32 tensor is the same step."""
NO_STEP = 1e-9
"""Steps that satisfy Armijo's condition are far longer than this part of alpha: who returns less went on until it gave up."""
DEFAULTS = {"alpha": 1.0, "rho": 0.5, "c": 1e-4}
"""Those of the stub: an option that has its default value is left out of the call."""


def options(case):
    """The options of a line search that are not left out."""
    return {name: getattr(case, name) for name, default in DEFAULTS.items() if getattr(case, name) != default}


@dataclass(frozen=True)
class Descent:
    """f(x) = x'Ax/2 + b'x from x0."""

    quadratic: Quadratic
    lr: float
    num_steps: int

    @functools.cached_property
    def args(self):
        return self.quadratic.grad, self.quadratic.x0, self.lr, self.num_steps

    @property
    def shape(self):
        return (self.num_steps + 1, *self.quadratic.x0.shape)

    def shown(self):
        one = self.quadratic
        return {
            "grad": one.grad.expression,
            **one.grad.tensors,
            "x0": one.x0,
            "lr": self.lr,
            "num_steps": self.num_steps,
        }


@dataclass(frozen=True)
class Divergence:
    """The gradient of x'Ax/2 with A >= I and no zero in x0: huge learning rates overflow for certain. Or log x, NaN below 0."""

    factor: Values
    x0: Values
    lr: float
    num_steps: int
    overflows: bool

    @functools.cached_property
    def grad(self):
        if self.overflows:
            return Formula("A.T @ A @ x + x", A=self.factor)
        return Formula("torch.log(x) + 1")

    @property
    def start(self):
        return self.x0 if self.overflows else Exact(tuple(self.x0.tensor.abs().tolist()))

    def shown(self):
        return {
            "grad": self.grad.expression,
            **self.grad.tensors,
            "x0": self.start,
            "lr": self.lr,
            "num_steps": self.num_steps,
        }


@dataclass(frozen=True)
class Search:
    """A quadratic with waves on it, and a direction downhill that is not the steepest."""

    quadratic: Quadratic
    waves: float
    direction: Exact
    alpha: float
    rho: float
    c: float

    @functools.cached_property
    def f(self):
        return Formula("x @ A @ x / 2 + b @ x + waves * torch.cos(3 * x).sum()", **self._tensors)

    @functools.cached_property
    def grad(self):
        return Formula("A @ x + b - 3 * waves * torch.sin(3 * x)", **self._tensors)

    @property
    def _tensors(self):
        return {"A": self.quadratic.hessian, "b": self.quadratic.linear, "waves": Exact(self.waves)}

    @property
    def x(self):
        return self.quadratic.x0

    @functools.cached_property
    def args(self):
        return self.f, self.x, self.grad(self.x.tensor), self.direction

    def excess(self, alpha):
        """By how much a step misses Armijo's condition; at most 0 where it holds."""
        f, x, grad_x, direction = self.f, self.x.tensor, self.grad(self.x.tensor), self.direction.tensor
        return float(f(x + alpha * direction) - f(x) - self.c * alpha * (grad_x @ direction))

    def shown(self):
        f, x, grad_x, direction = self.args
        return {"f": f.expression, **f.tensors, "x": x, "grad_x": grad_x, "direction": direction, **options(self)}


@dataclass(frozen=True)
class Domain:
    """f(x) = sum of w x log x, which is defined for x > 0 only: what it is elsewhere is drawn."""

    w: Values
    x: Values
    alpha: float
    rho: float
    c: float
    outside: str

    @functools.cached_property
    def f(self):
        return Formula(f"torch.where((x > 0).all(), (w * x * torch.log(x)).sum(), {self.outside})", w=self.w)

    @functools.cached_property
    def grad_x(self):
        return self.w.tensor * (torch.log(self.x.tensor) + 1)

    @functools.cached_property
    def args(self):
        return self.f, self.x, self.grad_x, -self.grad_x

    def shown(self):
        f, x, grad_x, direction = self.args
        return {"f": f.expression, "w": self.w, "x": x, "grad_x": grad_x, "direction": direction, **options(self)}


@st.composite
def descents(draw, fractions=(0.0, 0.1, 0.5, 1.0, 1.9, 2.5), least_steps=0, dtypes=("float64",)):
    """Learning rates as fractions of 1 / L: below 2 they converge. None is so large that rounding errors grow."""
    quadratic = draw(quadratics(dtype=draw(st.sampled_from(dtypes))))
    lr = round(draw(st.sampled_from(fractions)) / quadratic.largest_curvature, 3)
    return Descent(quadratic, lr, draw(sizes(6, least_steps)))


@st.composite
def divergences(draw):
    size = draw(sizes(3))
    factor, x0 = draw(values((size, size))), draw(values((size,), nonzero=True))
    overflows = draw(st.booleans())
    # The largest entry of x0 goes below 0 in the first step: x - 10 (log x + 1) < 0 for all x in [0.4, 3].
    lr = draw(st.sampled_from([1e30, 1e70, 1e120])) if overflows else 10.0
    case = Divergence(factor, x0, lr, draw(sizes(20, 13)), overflows)
    assume(overflows or case.start.tensor.max() >= 0.4)
    return case


@st.composite
def searches(draw, steps=(1.0, 4.0, 0.3), factors=(0.5, 0.8, 0.3), decreases=(1e-4, 0.3, 0.7), heights=(0.0, 2.0)):
    quadratic = draw(quadratics())
    waves = draw(st.sampled_from(heights))
    drawn = draw(values(quadratic.x0.shape, nonzero=True)).tensor
    grad_x = quadratic.grad(quadratic.x0.tensor) - 3 * waves * torch.sin(3 * quadratic.x0.tensor)
    slope = float(grad_x @ drawn)
    assume(abs(slope) > 0.5)
    direction = Exact(tuple((-math.copysign(1, slope) * drawn).tolist()))
    alpha, rho, c = (draw(st.sampled_from(options)) for options in (steps, factors, decreases))
    case = Search(quadratic, waves, direction, alpha, rho, c)
    assume(clear(case))
    return case


@st.composite
def close_calls(draw):
    """With the default options, f falls by 0.7 or 1.5 times what c asks for in the first step."""
    case = draw(searches(steps=(1.0,), factors=(0.5,), decreases=(1e-4,), heights=(0.0,)))
    direction = case.direction.tensor
    slope, curvature = case.args[2] @ direction, direction @ case.quadratic.hessian @ direction
    share = 1e-4 * draw(st.sampled_from([0.7, 1.5]))
    length = 2 * (share - 1) * slope / curvature  # f(x + s·direction) is then f(x) + share · s · slope
    close = dataclasses.replace(case, direction=Exact(tuple(round(one, 6) for one in (length * direction).tolist())))
    assume(clear(close))
    return close


def clear(case):
    """Whether every step tried is accepted or refused by a margin that rounding cannot turn."""
    alpha, slope = case.alpha, float(case.args[2] @ case.direction.tensor)
    for _ in range(100):
        excess = case.excess(alpha)
        if abs(excess) < 1e-5 * alpha * abs(slope):
            return False
        if excess < 0:
            return True
        alpha *= case.rho
    return False


@st.composite
def domains(draw):
    size = draw(sizes(3))
    w, x = draw(values((size,), scale=0.4, offset=1.5)), draw(values((size,), scale=0.5, offset=2.0))
    alpha, rho, c = (draw(st.sampled_from(options)) for options in ([4.0, 10.0], [0.5, 0.7], [1e-4, 0.3]))
    case = Domain(w, x, alpha, rho, c, draw(st.sampled_from(["torch.nan", "torch.inf", "-torch.inf"])))
    assume((x.tensor - case.alpha * case.grad_x <= -0.1).any())
    return case


line_searches = searches()


def rows(submission, case):
    """A trajectory of rows like x0, however many."""
    trajectory = tensor(submission.gradient_descent(*case.args), "trajectory")
    check(
        trajectory.dim() == 2 and trajectory.shape[1:] == case.quadratic.x0.shape,
        {
            "en": f"the trajectory has shape {tuple(trajectory.shape)}, expected {case.shape}",
            "zh": f"轨迹的形状是 {tuple(trajectory.shape)}，应为 {case.shape}",
        },
    )
    return trajectory


@graded(
    points=2,
    title={
        "en": "The trajectory has num_steps + 1 rows, the first of them x0",
        "zh": "轨迹有 num_steps + 1 行，第一行是 x0",
    },
)
@given(case=descents(dtypes=("float64", "float32")))
def test_trajectory_starts_at_x0(submission, reference, case):
    x0 = case.quadratic.x0.tensor
    trajectory = tensor(submission.gradient_descent(*case.args), "trajectory", shape=case.shape)
    assert_matches(trajectory[0], x0, quantity="trajectory[0]")


@graded(points=2, title={"en": "Every row is one step on from the row before", "zh": "每一行都由上一行走一步得到"})
@given(case=descents())
def test_every_row_is_one_step_on(submission, reference, case):
    trajectory = rows(submission, case)
    allowed = CLOSE if trajectory.dtype == torch.float64 else LOOSE
    for step, (x, after) in enumerate(itertools.pairwise(trajectory.double()), start=1):
        expected = x - case.lr * case.quadratic.grad(x)
        quantity = {
            "en": f"row {step} (row {step - 1} minus lr · grad(row {step - 1}), with lr = {case.lr:g})",
            "zh": f"第 {step} 行（应为第 {step - 1} 行减去 lr · grad(第 {step - 1} 行)，其中 lr = {case.lr:g}）",
        }
        assert_matches(after, expected, rtol=allowed, atol=allowed, quantity=quantity)


@graded(
    points=1,
    title={
        "en": "On a quadratic the distance to the minimum is multiplied by 1 − ηλ along each eigenvector",
        "zh": "在二次函数上，沿每个特征向量到最小值的距离每步都乘以 1 − ηλ",
    },
    teaching="says why a learning rate converges or not, where every_row_is_one_step_on only shows rows that differ",
)
@given(case=descents(fractions=(0.3, 1.0, 1.7), least_steps=1))
def test_contracts(submission, reference, case):
    trajectory = rows(submission, case)
    hessian, linear = case.quadratic.hessian, case.quadratic.linear.tensor
    curvatures, directions = torch.linalg.eigh(hessian)
    distances = (trajectory.double() + torch.linalg.solve(hessian, linear)) @ directions  # (num_steps + 1, d)
    for step, (before, after) in enumerate(itertools.pairwise(distances), start=1):
        expected = (1 - case.lr * curvatures) * before
        wrong = ~torch.isclose(after, expected, rtol=LOOSE, atol=LOOSE)
        axis = int(wrong.int().argmax())
        curvature, factor = float(curvatures[axis]), float(1 - case.lr * curvatures[axis])
        was, (now, wanted) = float(before[axis]), pair(float(after[axis]), float(expected[axis]))
        check(
            not wrong.any(),
            {
                "en": f"in step {step}, along the eigenvector with λ = {curvature:.4g}, the distance to the minimum goes from "
                f"{was:.6g} to {now}; expected {wanted}, that is (1 − ηλ) = {factor:.4g} times as much",
                "zh": f"第 {step} 步中，沿 λ = {curvature:.4g} 的特征向量，到最小值的距离由 "
                f"{was:.6g} 变为 {now}；应为 {wanted}，即乘以 (1 − ηλ) = {factor:.4g}",
            },
        )


@graded(points=1, title={"en": "Arguments are left alone", "zh": "不改动传入的实参"})
@given(case=line_searches)
def test_arguments_are_left_alone(submission, reference, case):
    assert_arguments_kept(submission.gradient_descent, case.grad, case.x, 0.01, 2, names=["grad", "x0"])
    names = ["f", "x", "grad_x", "direction"]
    assert_arguments_kept(submission.backtracking_line_search, *case.args, names=names, **options(case))


def found(submission, case):
    """What the line search returns, which has to be a step forward."""
    alpha = number(submission.backtracking_line_search(*case.args, **options(case)))
    check(
        0 <= alpha <= case.alpha * (1 + SAME_STEP),
        {
            "en": f"returned {alpha!r}, expected a step between 0 and alpha = {case.alpha:g}",
            "zh": f"返回了 {alpha!r}，步长应在 0 与 alpha = {case.alpha:g} 之间",
        },
    )
    check(
        alpha > NO_STEP * case.alpha,
        {
            "en": f"returned {alpha!r}, which is as good as no step: expected the first of alpha, alpha·rho, … for which the "
            "condition holds; did it never hold?",
            "zh": f"返回了 {alpha!r}，等于没有走：应返回 alpha、alpha·rho…… 中第一个满足条件的步长；条件是否从未成立？",
        },
    )
    return alpha


@graded(points=1, title={"en": "Armijo's condition holds for the step returned", "zh": "返回的步长满足 Armijo 条件"})
@given(case=searches(steps=(4.0, 100.0), factors=(0.5, 0.9), decreases=(0.3, 0.7)))
def test_armijo_holds(submission, reference, case):
    alpha = found(submission, case)
    excess = case.excess(alpha)
    check(
        excess <= 1e-7,
        {
            "en": f"returned α = {alpha:.6g}, for which f(x + α·direction) is {excess:.4g} above f(x) + c·α·(grad_x·direction)",
            "zh": f"返回了 α = {alpha:.6g}，此时 f(x + α·direction) 比 f(x) + c·α·(grad_x·direction) 大 {excess:.4g}",
        },
    )


@graded(
    points=2,
    title={"en": "The line search returns the first step that will do", "zh": "线搜索返回第一个满足条件的步长"},
)
@given(case=line_searches | close_calls())
def test_first_step_that_will_do(submission, reference, case):
    alpha = found(submission, case)
    times = round(math.log(alpha / case.alpha) / math.log(case.rho))
    nearest, longer = (case.alpha * case.rho**k for k in (times, times - 1))
    check(
        abs(alpha - nearest) <= SAME_STEP * nearest,
        {
            "en": f"returned {alpha!r}, which is no alpha · rho^k; the nearest is {nearest!r}",
            "zh": f"返回了 {alpha!r}，它不是任何 alpha · rho^k；最近的是 {nearest!r}",
        },
    )
    check(
        times == 0 or case.excess(longer) > 0,
        {
            "en": f"returned α = {alpha:.6g}, but {longer:.6g} satisfies Armijo's condition already",
            "zh": f"返回了 α = {alpha:.6g}，但 {longer:.6g} 已经满足 Armijo 条件",
        },
    )
    first = number(reference.backtracking_line_search(*case.args, **options(case)))
    assert_matches(alpha, first, rtol=SAME_STEP, atol=0.0, quantity="alpha")


@graded(
    points=1, title={"en": "Steps to where f is NaN or infinite are shortened", "zh": "f 为 NaN 或无穷大时继续缩短步长"}
)
@given(case=domains())
def test_stays_in_the_domain(submission, reference, case):
    alpha = found(submission, case)
    f, x, _, direction = case.args
    there = float(f(x.tensor + alpha * direction))
    check(
        math.isfinite(there),
        {
            "en": f"returned α = {alpha:.6g}, where f(x + α·direction) is {there}; expected a shorter step",
            "zh": f"返回了 α = {alpha:.6g}，此时 f(x + α·direction) 为 {there}；应继续缩短步长",
        },
    )
    assert_matches(
        alpha, float(reference.backtracking_line_search(*case.args, **options(case))), rtol=SAME_STEP, quantity="alpha"
    )


@graded(
    star=True,
    title={
        "en": "Stops with OverflowError, naming the step, once x is not finite",
        "zh": "x 不再有限时抛出 OverflowError 并指明步数",
    },
)
@given(case=divergences())
def test_names_the_step_that_overflows(submission, reference, case):
    x, grad, step = case.start.tensor, case.grad, 0
    while torch.isfinite(x).all():
        x, step = x - case.lr * grad(x), step + 1
    ended = outcome(submission.gradient_descent, grad, case.start, case.lr, case.num_steps)
    check(
        ended.error is not None,
        {
            "en": f"x is not finite after step {step}, expected OverflowError; the trajectory was returned",
            "zh": f"第 {step} 步之后 x 不再有限，应抛出 OverflowError，却返回了轨迹",
        },
    )
    if "OverflowError" not in ended.error.bases:
        raise ended.error
    named = {int(digits) for digits in re.findall(r"\d+", ended.error.reply.message)}
    check(
        named & {step, step - 1},
        {
            "en": f"the message {ended.error.reply.message!r} does not name step {step}, after which x is not finite",
            "zh": f"错误信息 {ended.error.reply.message!r} 没有指明第 {step} 步，x 正是在这一步之后不再有限",
        },
    )
