"""Properties of convexity, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. f of the mean minus the mean of f                                     → jensen_gap_tells_convex_from_concave
2. the points are mixed without their weights                            → jensen_gap_tells_convex_from_concave
3. weights are normalised instead of refused, or only the sum is checked;
   or weights of 0 are refused, or a sum of 1 + 1e-7                     → weights_must_be_a_distribution
4. A is taken to be symmetric, or refused because it is not              → only_the_symmetric_part_counts
5. the diagonal decides, the determinant, or the eigenvalues of A itself → only_the_symmetric_part_counts
6. flat directions count as not convex, for rounding or by principle     → flat_directions_do_no_harm
7. points in the ball are pushed to its surface                          → projection_is_a_projection
8. the ball is thought to be around 0, or to be a box                    → projection_is_a_projection
9. the projection is cut off from the graph                              → gradients_of_the_projection
10. the gradient is projected, or the step follows the projection        → every_row_is_a_projected_step
"""

import functools
import itertools
from dataclasses import dataclass

import numpy as np
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
    assert_raises,
    check,
    given,
    graded,
    number,
    quadratics,
    sizes,
    tensor,
    values,
    vjp,
)

CLOSE = 1e-9
"""Numbers in float64 agree to this."""
EPSILON = {"rtol": 1e-4, "atol": 1e-5}
"""An ε of up to 1e-6 in the projection's denominator is right, and moves it by less than this."""
CONVEX = (
    "x @ B.T @ B @ x / 2 + b @ x",
    "torch.exp(b * x / 3).sum()",
    "torch.logsumexp(x * b, dim=0)",
    "(x - b).norm()",
)


@dataclass(frozen=True)
class Mixture:
    """A function, convex (1), concave (−1) or both (0), and points mixed with weights."""

    bends: int
    expression: str
    B: Values
    b: Values
    points: Values
    weights: Exact

    @functools.cached_property
    def f(self):
        used = {name: getattr(self, name) for name in ("B", "b") if name in self.expression}
        return Formula(self.expression, **used)

    @property
    def gap(self):
        """The mean of f minus f of the mean."""
        points, weights = self.points.tensor, self.weights.tensor
        return float(weights @ torch.stack([self.f(x) for x in points]) - self.f(weights @ points))

    def shown(self):
        return {"f": self.f.expression, **self.f.tensors, "points": self.points, "weights": self.weights}


@dataclass(frozen=True)
class Weighting:
    """Points, and weights that may or may not be a distribution."""

    points: Values
    weights: Exact
    legal: bool

    def shown(self):
        return {"f": "x @ x", "points": self.points, "weights": self.weights}


@dataclass(frozen=True)
class Bends:
    """x'Ax/2 with these curvatures: A is symmetric with its axes mirrored, and something skew is added."""

    curvatures: tuple[float, ...]
    mirror: Values
    skew: Values

    @functools.cached_property
    def A(self):
        """(d, d)."""
        v, M = self.mirror.tensor.double(), self.skew.tensor
        Q = torch.eye(len(v), dtype=torch.float64) - 2 * torch.outer(v, v) / (v @ v)
        H = Q @ torch.diag(torch.tensor(self.curvatures, dtype=torch.float64)) @ Q
        return ((H + H.T) / 2).to(M.dtype) + M - M.T

    @property
    def convex(self):
        return min(self.curvatures) >= 0

    def shown(self):
        return {"A": self.A, "torch.linalg.eigvalsh((A + A.T) / 2)": self.curvatures}


@dataclass(frozen=True)
class Ball:
    """Two points, and a ball; x lies in it, or beyond its surface, by a clear margin."""

    x: Values
    y: Values
    center: Values
    radius: float

    @property
    def args(self):
        return self.x, self.center, self.radius


@dataclass(frozen=True)
class Constrained:
    """x'Ax/2 + b'x on a ball, in a box or in a half-space."""

    quadratic: Quadratic
    center: Values
    size: float
    shape: str
    lr: float
    num_steps: int

    @functools.cached_property
    def project(self):
        c, size = self.center, Exact(self.size)
        if self.shape == "ball":
            return Formula("c + (x - c) * (r / (x - c).norm()).clamp(max=1.0)", c=c, r=size)
        if self.shape == "box":
            return Formula("torch.minimum(torch.maximum(x, c - r), c + r)", c=c, r=size)
        return Formula("x - n * (n @ x - r).clamp(min=0.0) / (n @ n)", n=c, r=size)

    @functools.cached_property
    def x0(self):
        return self.project(self.quadratic.x0.tensor)

    @property
    def args(self):
        return self.quadratic.grad, self.project, self.x0, self.lr, self.num_steps

    def shown(self):
        grad = self.quadratic.grad
        return {
            "grad": grad.expression, **grad.tensors, "project": self.project.expression, **self.project.tensors,
            "x0": self.x0, "lr": self.lr, "num_steps": self.num_steps,
        }  # fmt: skip


@dataclass(frozen=True)
class Calls:
    """One of each."""

    ball: Ball
    descent: Constrained
    mixture: Mixture

    def shown(self):
        ball = {"x": self.ball.x, "center": self.ball.center, "radius": self.ball.radius}
        return {
            **ball,
            **self.mixture.shown(),
            "A (is_convex_quadratic)": self.descent.quadratic.factor,
            **self.descent.shown(),
        }


@st.composite
def mixtures(draw):
    """Weights are tenths, some of them 0."""
    n, d, seed = draw(sizes(4)), draw(sizes(3)), draw(st.integers(0, 2**16))
    bends, form = draw(st.sampled_from([1, -1, 0])), draw(st.sampled_from(CONVEX))
    weights = np.random.default_rng(seed).multinomial(10, [1 / n] * n) / 10
    return Mixture(
        bends,
        {1: form, -1: f"-({form})", 0: "b @ x + 2"}[bends],
        B=Values((2, d), seed),
        b=Values((d,), seed + 1, nonzero=True),
        points=Values((n, d), seed + 2),
        weights=Exact(tuple(weights.tolist())),
    )


@st.composite
def weightings(draw):
    """Sums that are wrong, a weight that is negative; or sevenths with seven digits, which sum to 1 up to rounding."""
    n, d, seed = draw(sizes(4)), draw(sizes(3)), draw(st.integers(0, 2**16))
    counts = np.random.default_rng(seed).multinomial(7, [1 / n] * n)
    total = draw(st.sampled_from([0.0, 0.5, 0.998, 1.002, 2.0, "negative", 1.0]))
    weights = np.append(counts / 7, [0.25, -0.25]) if total == "negative" else counts / 7 * total
    return Weighting(Values((len(weights), d), seed), Exact(tuple(weights.round(7).tolist())), total == 1)


@st.composite
def quadratic_forms(draw, flat=False, dtypes=("float64",)):
    """Curvatures between 0.2 and 3, none to two of them negative; where `flat`, up to two are 0 besides, and A is symmetric."""
    negative, positive, zeros = draw(sizes(2, 0)), draw(sizes(2, 0)), draw(sizes(2)) if flat else 0
    assume(negative + positive + zeros)
    seed, dtype = draw(st.integers(0, 2**16)), draw(st.sampled_from(dtypes))
    size = negative + positive + zeros
    drawn = (np.random.default_rng(seed).integers(2, 31, size=size) / 10).tolist()
    curvatures = (*(-one for one in drawn[:negative]), *[0.0] * zeros, *drawn[negative : negative + positive])
    return Bends(
        curvatures,
        Values((size,), seed, nonzero=True),
        Values((size, size), seed + 1, dtype, scale=0.0 if flat else 1.0),
    )


@st.composite
def balls(draw, dtypes=("float64",), centered=True):
    size, seed, dtype = draw(sizes(4)), draw(st.integers(0, 2**16)), draw(st.sampled_from(dtypes))
    center = Values((size,), seed, dtype)
    x = center if centered and draw(sizes(8)) == 8 else Values((size,), seed + 1, dtype)
    case = Ball(x, Values((size,), seed + 2, dtype), center, draw(st.sampled_from([0.5, 1.0, 2.5, 4.0])))
    assume(all(abs(float((one.tensor - center.tensor).norm()) - case.radius) > 1e-2 for one in (case.x, case.y)))
    assume(centered or not torch.equal(case.x.tensor, center.tensor))  # drawn equal: the norm has no gradient there
    return case


@st.composite
def descents(draw, dtypes=("float64",)):
    """Sets so small that steps lead out of them, and learning rates with which they would converge."""
    quadratic = draw(quadratics(largest=3, dtype=draw(st.sampled_from(dtypes))))
    shape, size = draw(st.sampled_from(["ball", "box", "half-space"])), draw(st.sampled_from([0.5, 1.0, 2.0]))
    center = draw(values(quadratic.x0.shape, dtype=quadratic.x0.dtype, nonzero=True))
    lr = round(draw(st.sampled_from([0.3, 1.0, 1.7])) / quadratic.largest_curvature, 3)
    return Constrained(quadratic, center, size, shape, lr, draw(sizes(5, 0)))


ordinary = balls(dtypes=("float64", "float32"))


@graded(
    points=1,
    title={
        "en": "Jensen's gap is never below 0 if f is convex, never above if it is concave",
        "zh": "f 为凸函数时詹森差不小于 0，为凹函数时不大于 0",
    },
)
@given(case=mixtures())
def test_jensen_gap_tells_convex_from_concave(submission, reference, case):
    gap = number(submission.jensen_gap(case.f, case.points, case.weights), "jensen_gap")
    kind = {1: ("convex", "凸函数"), -1: ("concave", "凹函数"), 0: ("affine", "仿射函数")}[case.bends]
    bound = {1: ("at least 0", "不小于 0"), -1: ("at most 0", "不大于 0"), 0: ("exactly 0", "等于 0")}[case.bends]
    check(
        (case.bends > 0 or gap <= CLOSE) and (case.bends < 0 or gap >= -CLOSE),
        {
            "en": f"the gap is {gap:.6g}, but f is {kind[0]}: expected a gap of {bound[0]}",
            "zh": f"詹森差为 {gap:.6g}，但 f 是{kind[1]}，应{bound[1]}",
        },
        expected=case.gap,
        actual=gap,
    )
    assert_matches(gap, case.gap, quantity="jensen_gap")


@graded(
    points=1, title={"en": "Weights must be a distribution, up to rounding", "zh": "权重必须是概率分布（允许舍入误差）"}
)
@given(case=weightings())
def test_weights_must_be_a_distribution(submission, reference, case):
    args = Formula("x @ x"), case.points, case.weights
    if case.legal:
        number(submission.jensen_gap(*args), "jensen_gap")
    else:
        assert_raises("ValueError", submission.jensen_gap, *args)


def assert_told(submission, case):
    """Require the right answer, and say by which curvatures it is right."""
    answer = submission.is_convex_quadratic(case.A)
    if isinstance(answer, torch.Tensor) and answer.dim() == 0:
        answer = answer.item()  # a tensor that holds one truth value will do
    curvatures = ", ".join(f"{one:g}" for one in case.curvatures)
    check(
        answer is case.convex,
        {
            "en": f"returned {answer!r} for A with the curvatures {curvatures} of x'Ax/2, expected {case.convex}",
            "zh": f"x'Ax/2 的曲率为 {curvatures} 时返回了 {answer!r}，应为 {case.convex}",
        },
    )


@graded(
    points=1,
    title={
        "en": "Only the symmetric part of A counts",
        "zh": "只有 A 的对称部分起作用",
    },
)
@given(case=quadratic_forms(dtypes=("float64", "float32")))
def test_only_the_symmetric_part_counts(submission, reference, case):
    assert_told(submission, case)


@graded(points=1, title={"en": "Flat directions do no harm", "zh": "平坦方向不影响凸性"})
@given(case=quadratic_forms(flat=True))
def test_flat_directions_do_no_harm(submission, reference, case):
    assert_told(submission, case)


@graded(
    points=2,
    title={
        "en": "Projecting leads to the nearest point; twice is once; no two points part",
        "zh": "投影得到球内最近的点，再投影不变，且不会拉开两点的距离",
    },
)
@given(case=ordinary)
def test_projection_is_a_projection(submission, reference, case):
    size, center = case.center.shape, case.center.tensor
    projected, other = (tensor(submission.project_onto_ball(z, *case.args[1:]), shape=size) for z in (case.x, case.y))
    p, q = projected.double(), other.double()
    away = float((p - center).norm())
    check(
        away <= case.radius + 1e-5,
        {
            "en": f"the projection of x is {away:.6g} away from the center, expected at most radius = {case.radius:g}",
            "zh": f"x 的投影到球心的距离为 {away:.6g}，应不超过 radius = {case.radius:g}",
        },
        actual=p,
        quantity="project_onto_ball(x)",
    )
    again = tensor(submission.project_onto_ball(projected, *case.args[1:]), shape=size).double()
    check(
        torch.allclose(again, p, rtol=1e-5, atol=1e-5),
        {"en": f"projecting once more moves the point from {p.tolist()}, expected it to stay",
         "zh": f"再投影一次，点又从 {p.tolist()} 移开了，应保持不动"},
        actual=again,
        quantity="project_onto_ball(project_onto_ball(x))",
    )  # fmt: skip
    before, after = float((case.x.tensor - case.y.tensor).norm()), float((p - q).norm())
    check(
        after <= before + 1e-5,
        {
            "en": f"x and y = {case.y.tensor.tolist()} are {before:.6g} apart, their projections {after:.6g}: expected no more",
            "zh": f"x 与 y = {case.y.tensor.tolist()} 相距 {before:.6g}，它们的投影却相距 {after:.6g}，应不大于前者",
        },
    )
    nearest = submission.project_onto_ball(*case.args)
    assert_matches(nearest, reference.project_onto_ball(*case.args), **EPSILON, quantity="project_onto_ball")


@graded(
    points=1,
    title={"en": "Gradients flow back through the projection", "zh": "梯度可以经过投影反向传播"},
    needs=["projection_is_a_projection"],
)
@given(case=balls(centered=False))
def test_gradients_of_the_projection(submission, reference, case):
    cotangent = Values(case.x.shape, case.y.seed + 1)
    mine, theirs = (vjp(one.project_onto_ball, case.args, cotangent)["0"] for one in (submission, reference))
    assert_matches(mine, theirs, **EPSILON, quantity={"en": "the gradient of x", "zh": "x 的梯度"})


@graded(
    points=1,
    title={
        "en": "The trajectory has num_steps + 1 rows, the first of them x0",
        "zh": "轨迹有 num_steps + 1 行，第一行是 x0",
    },
)
@given(case=descents(dtypes=("float64", "float32")))
def test_trajectory_starts_at_x0(submission, reference, case):
    trajectory = submission.projected_gradient_descent(*case.args)
    trajectory = tensor(trajectory, "trajectory", shape=(case.num_steps + 1, *case.x0.shape))
    assert_matches(trajectory[0], case.x0, quantity="trajectory[0]")


@graded(
    points=1, title={"en": "Every row is the row before, a step on, projected", "zh": "每一行都是上一行走一步再投影"}
)
@given(case=descents())
def test_every_row_is_a_projected_step(submission, reference, case):
    trajectory = tensor(submission.projected_gradient_descent(*case.args), "trajectory")
    check(
        trajectory.dim() == 2 and trajectory.shape[1:] == case.x0.shape,
        {
            "en": f"the trajectory has shape {tuple(trajectory.shape)}, expected {(case.num_steps + 1, *case.x0.shape)}",
            "zh": f"轨迹的形状是 {tuple(trajectory.shape)}，应为 {(case.num_steps + 1, *case.x0.shape)}",
        },
    )
    for step, (x, after) in enumerate(itertools.pairwise(trajectory.double()), start=1):
        inside = case.project(after)
        check(
            torch.allclose(inside, after, rtol=1e-6, atol=1e-6),
            {
                "en": f"row {step} lies outside the set: project moves it to {inside.tolist()}, expected a row that it "
                "leaves where it is",
                "zh": f"第 {step} 行落在集合之外：project 把它移到了 {inside.tolist()}，应是经 project 之后不再移动的点",
            },
            actual=after,
            quantity=f"trajectory[{step}]",
        )
        expected = case.project(x - case.lr * case.quadratic.grad(x))
        quantity = {
            "en": f"row {step} (project(x − lr · grad(x)), with x = row {step - 1} and lr = {case.lr:g})",
            "zh": f"第 {step} 行（应为 project(x − lr · grad(x))，其中 x 是第 {step - 1} 行，lr = {case.lr:g}）",
        }
        assert_matches(after, expected, rtol=1e-7, atol=CLOSE, quantity=quantity)


@graded(points=1, title={"en": "Arguments are left alone", "zh": "不改动传入的实参"})
@given(case=st.tuples(balls(), descents(), mixtures()).map(lambda drawn: Calls(*drawn)))
def test_arguments_are_left_alone(submission, reference, case):
    one = case.mixture
    assert_arguments_kept(submission.jensen_gap, one.f, one.points, one.weights, names=["f", "points", "weights"])
    assert_arguments_kept(submission.is_convex_quadratic, case.descent.quadratic.factor, names=["A"])
    assert_arguments_kept(submission.project_onto_ball, *case.ball.args, names=["x", "center", "radius"])
    names = ["grad", "project", "x0", "lr", "num_steps"]
    assert_arguments_kept(submission.projected_gradient_descent, *case.descent.args, names=names)
