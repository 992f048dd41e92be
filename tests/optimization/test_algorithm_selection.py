"""Properties of algorithm selection, from plain to deep.

Twelve ways people get it wrong, and the property that each must fail:

 1. the loss at x0 or the last one is missing; the losses are float32           → losses_from_start_to_end
 2. no zero_grad: gradients add up                                              → sgd_on_a_quadratic
 3. no step is taken, or the loss is that of the x before                       → sgd_on_a_quadratic, matches_the_reference
 4. a run that diverges raises, or ends early                                   → diverging_runs
 5. Parameter(x0) shares its storage: x0 moves, the next run begins elsewhere   → x0_is_left_alone, sweep
 6. one optimizer for all learning rates: its state goes on                     → sweep
 7. the lowest loss at any step, instead of the final one                       → sweep
 8. NaN is not larger than anything: min keeps it; −∞ is the lowest of all      → sweep_of_ties_and_divergence
 9. of equal final losses the first rate of the list wins                       → sweep_of_ties_and_divergence
10. the target is to be passed (<), or must hold at the end                     → rank_by_steps
11. argmax of "reached" is 0 where the target is never reached                  → rank_the_others
12. ties by final loss, or in the order of the dictionary; NaN confuses sorted  → rank_by_steps, rank_the_others

Objectives and optimizers are made next to the submission's tensors, by public helpers: what a run computes is decided by
them, so the losses of all right runs agree to the last digit, even where they diverge.
"""

import functools
import math
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st

from grader.kit import (
    Exact,
    Formula,
    Values,
    assert_arguments_kept,
    assert_matches,
    check,
    given,
    graded,
    helper,
    sizes,
    tensor,
)
from grader.kit.quantities import pair

RULES = ("sgd", "momentum", "adagrad", "adam")
PLANE = {
    "rosenbrock": "(1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2",
    "beale": "(1.5 - x[0] + x[0] * x[1]) ** 2 + (2.25 - x[0] + x[0] * x[1] ** 2) ** 2 "
    "+ (2.625 - x[0] + x[0] * x[1] ** 3) ** 2",
    "saddle": "x[0] ** 2 / 2 - x[1] ** 2 / 2 + x[1] ** 4 / 4",
    "bottomless": "x[0] ** 2 / 2 - x[1] ** 4",
}
BOUNDED = ("quadratic", "logistic", "rosenbrock", "beale", "saddle")
QUADRATIC = "(c * x ** 2).sum() / 2"
LOGISTIC = "torch.nn.functional.softplus(-y * (A @ x)).mean()"
EXACT = {"rtol": 1e-9, "atol": 1e-12}


@dataclass(frozen=True)
class Problem:
    """An objective with its tensors, and where to start."""

    expression: str
    tensors: dict[str, Exact]
    x0: Values | Exact

    @functools.cached_property
    def objective(self):
        return Formula(self.expression, **self.tensors)

    def shown(self):
        return {"objective": self.expression, **self.tensors, "x0": self.x0}


@dataclass(frozen=True)
class Run:
    """A run of an optimizer of one rule."""

    problem: Problem
    rule: str
    lr: float
    num_steps: int

    def shown(self):
        return {"optimizer": self.rule, "lr": self.lr, **self.problem.shown(), "num_steps": self.num_steps}


@dataclass(frozen=True)
class Sweep:
    """A sweep over some rules and learning rates."""

    problem: Problem
    rules: tuple[str, ...]
    lrs: tuple[float, ...]
    num_steps: int

    def shown(self):
        return {
            "optimizers": self.rules, "lrs": list(self.lrs), **self.problem.shown(), "num_steps": self.num_steps
        }  # fmt: skip


@dataclass(frozen=True)
class Results:
    """What a sweep may have returned, name by name: a learning rate and losses."""

    losses: dict[str, Exact]
    target: float

    @property
    def args(self):
        return {name: (0.1 * k, losses) for k, (name, losses) in enumerate(self.losses.items(), start=1)}, self.target

    def shown(self):
        return {"results": dict(zip(self.losses, self.args[0].values(), strict=True)), "target": self.target}


@st.composite
def problems(draw, kinds=BOUNDED, dtypes=("float64",)):
    kind, dtype, seed = draw(st.sampled_from(kinds)), draw(st.sampled_from(dtypes)), draw(st.integers(0, 2**16))
    if kind in PLANE:
        return Problem(PLANE[kind], {}, Values((2,), seed, dtype, 0.5, nonzero=True))
    d = draw(sizes(3))
    x0 = Values((d,), seed, dtype, nonzero=True)
    if kind == "quadratic":
        return Problem(QUADRATIC, {"c": Exact((1.0, 30.0, 100.0)[:d], dtype)}, x0)
    generator = np.random.default_rng(seed)
    A = generator.integers(-20, 21, size=(draw(sizes(4)), d)) / 10 * (generator.random(d) < 0.5)  # many features are 0
    A[0, 0] = 1.5
    y = generator.choice([-1.0, 1.0], size=len(A))
    return Problem(
        LOGISTIC, {"A": Exact(tuple(map(tuple, A.tolist())), dtype), "y": Exact(tuple(y.tolist()), dtype)}, x0
    )


@st.composite
def runs(draw, rules=RULES, lrs=(0.001, 0.01, 0.1), steps=(0, 6), **problem):
    rule, lr = draw(st.sampled_from(rules)), draw(st.sampled_from(lrs))
    return Run(draw(problems(**problem)), rule, lr, draw(st.integers(*steps)))


@st.composite
def sweeps(draw):
    """One to three rules; rates that overshoot are among them, but none so large that a run diverges in so few steps."""
    rules = draw(st.lists(st.sampled_from(RULES), min_size=1, max_size=3, unique=True))
    lrs = draw(st.lists(st.sampled_from((0.001, 0.03, 0.3, 1.0)), min_size=1, max_size=3, unique=True))
    kinds = ("quadratic", "logistic", "saddle")
    return Sweep(draw(problems(kinds)), tuple(rules), tuple(lrs), draw(st.integers(1, 4)))


@st.composite
def ties(draw):
    """x ← (1 − η)x on x²/2, where 1 − η and −(1 − η) give the same loss to the last digit; or no step at all."""
    halves = draw(st.lists(st.integers(1, 6), min_size=1, max_size=2))
    problem = Problem(QUADRATIC, {"c": Exact((1.0,) * len(halves))}, Exact(tuple(half / 2 for half in halves)))
    lrs = draw(st.permutations(draw(st.sampled_from([(0.5, 1.5), (0.25, 1.75, 2.5), (0.75, 1.25, 0.125)]))))
    return Sweep(problem, ("sgd",), tuple(lrs), draw(st.integers(0, 3)))


@st.composite
def partly_diverging(draw):
    """Rates near 1 overflow in narrow valleys within ten steps, or fall to −∞; 1e-4 and 1e-5 do not."""
    rules = draw(st.lists(st.sampled_from(("sgd", "momentum")), min_size=1, max_size=2, unique=True))
    lrs = draw(st.permutations([draw(st.sampled_from((1.0, 0.5))), 1e-4, 1e-5][: draw(st.integers(2, 3))]))
    return Sweep(
        draw(problems(("rosenbrock", "beale", "bottomless"))), tuple(rules), tuple(lrs), draw(st.integers(8, 10))
    )


@st.composite
def results(draw, kinds):
    """Losses in halves, so that many are equal, some of them equal to the target; names in no particular order."""
    names = draw(st.permutations(("adagrad", "adam", "momentum", "rmsprop", "sgd")))[: draw(sizes(5, 2))]
    length, generator = draw(sizes(4)), np.random.default_rng(draw(st.integers(0, 2**16)))
    target = 2.0

    def losses():
        kind = kinds[generator.integers(len(kinds))]
        drawn = generator.integers(5, 8, size=length) / 2  # all above the target
        if kind.startswith("reaches"):
            first = generator.integers(length)
            drawn[first] = generator.integers(3, 5) / 2
            drawn = np.where(generator.random(length) < 0.2, 2.0, drawn)
            if kind == "reaches and diverges":
                drawn[first + 1 :] = (math.nan, math.inf)[generator.integers(2)]
        elif kind == "diverges":
            drawn[generator.integers(length) :] = (math.nan, math.inf)[generator.integers(2)]
        return Exact(tuple(drawn.tolist()))

    return Results({name: losses() for name in names}, target)


def objective(module, case):
    """The case's objective, where the module lives."""
    formula = case.problem.objective
    return helper(module, "differentiable", formula.expression, dict(formula.tensors), keep=True)


def losses_of(module, case):
    make = helper(module, "optimizer_maker", case.rule, case.lr, keep=True)
    return module.run(make, objective(module, case), case.problem.x0, case.num_steps)


def swept(module, case):
    makers = {rule: helper(module, "optimizer_maker", rule, keep=True) for rule in case.rules}
    return module.sweep(makers, list(case.lrs), objective(module, case), case.problem.x0, case.num_steps)


def assert_losses(mine, theirs, quantity="losses"):
    """The same losses as long as they are finite, and as many that are not."""
    mine = tensor(mine, quantity, shape=tuple(theirs.shape), dtype=theirs.dtype)
    finite, mine_finite = theirs.isfinite(), mine.isfinite()
    check(
        torch.equal(finite, mine_finite),
        {
            "en": f"{quantity}: {int(mine_finite.sum())} entries are finite, expected the first {int(finite.sum())}",
            "zh": f"{quantity}：有 {int(mine_finite.sum())} 项是有限的，应为前 {int(finite.sum())} 项",
        },
        expected=theirs,
        actual=mine,
        quantity=quantity,
    )
    assert_matches(mine[finite], theirs[finite], **EXACT, quantity=quantity)


def assert_swept(submission, reference, case):
    mine, theirs = swept(submission, case), swept(reference, case)
    assert_matches(dict.fromkeys(mine) if isinstance(mine, dict) else mine, dict.fromkeys(theirs))
    for name, (lr, losses) in theirs.items():
        pair = mine[name]
        check(
            isinstance(pair, tuple) and len(pair) == 2,
            {
                "en": f"the result for {name!r} is not a tuple of two, expected (lr, losses)",
                "zh": f"{name!r} 的结果不是两项的元组，应为 (lr, losses)",
            },
            expected=(lr, losses),
            actual=pair,
        )
        assert_matches(
            pair[0],
            lr,
            quantity={"en": f"the learning rate of {name!r}", "zh": f"{name!r} 的学习率"},
            rtol=0.0,
            atol=0.0,
        )
        assert_losses(pair[1], losses, f"losses of {name!r}")


@graded(
    points=1,
    title={
        "en": "There are num_steps + 1 losses, from that at x0 on",
        "zh": "共有 num_steps + 1 个损失，第一个是 x0 处的损失",
    },
)
@given(case=runs(dtypes=("float64", "float32"), lrs=(0.001,)))
def test_losses_from_start_to_end(submission, reference, case):
    x0 = case.problem.x0.tensor
    losses = tensor(losses_of(submission, case), "losses", shape=(case.num_steps + 1,), dtype=x0.dtype)
    assert_matches(losses[0], case.problem.objective(x0), quantity="losses[0]")


@graded(
    points=1,
    title={
        "en": "SGD on a quadratic: each coordinate is multiplied by 1 − ηc per step",
        "zh": "二次函数上的 SGD：每步每个坐标都乘以 1 − ηc",
    },
    needs=["losses_from_start_to_end"],
)
@given(case=runs(rules=("sgd",), kinds=("quadratic",), lrs=(0.001, 0.02, 0.03), steps=(1, 5)))
def test_sgd_on_a_quadratic(submission, reference, case):
    c, x0 = case.problem.tensors["c"].tensor, case.problem.x0.tensor
    expected = torch.stack([(c * ((1 - case.lr * c) ** t * x0) ** 2).sum() / 2 for t in range(case.num_steps + 1)])
    mine = tensor(losses_of(submission, case), "losses", shape=(case.num_steps + 1,))
    for t, (loss, wanted) in enumerate(zip(mine.double(), expected, strict=True)):
        found, due = pair(float(loss), float(wanted))
        check(
            torch.isclose(loss, wanted, rtol=1e-5, atol=1e-9),
            {
                "en": f"after {t} steps of SGD with η = {case.lr:g} the loss is {found}, expected the sum of "
                f"c/2 · ((1 − ηc)^{t} · x0)² = {due}",
                "zh": f"η = {case.lr:g} 的 SGD 走 {t} 步之后，损失是 {found}，应为 "
                f"c/2 · ((1 − ηc)^{t} · x0)² 之和 = {due}",
            },
            expected=expected,
            actual=mine,
            quantity="losses",
        )


@graded(
    points=1,
    title={
        "en": "The losses match the reference, for every optimizer and objective",
        "zh": "每个优化器在每个目标上的损失都与参考实现一致",
    },
    needs=["sgd_on_a_quadratic"],
    teaching="shows that it holds for optimizers with a memory and for every objective, where the law knows SGD alone",
)
@given(case=runs())
def test_matches_the_reference(submission, reference, case):
    assert_losses(losses_of(submission, case), losses_of(reference, case))


@graded(
    points=1,
    title={"en": "A run that diverges goes on to the end", "zh": "发散的运行也一直进行到底"},
    needs=["matches_the_reference"],
)
@given(case=runs(rules=("sgd", "momentum"), kinds=("rosenbrock", "beale"), lrs=(0.5, 1.0), steps=(6, 10)), share=0.4)
def test_diverging_runs(submission, reference, case):
    assert_losses(losses_of(submission, case), losses_of(reference, case))


@graded(points=1, title={"en": "x0 is left alone", "zh": "不改动 x0"}, needs=["losses_from_start_to_end"])
@given(case=sweeps(), share=0.3)
def test_x0_is_left_alone(submission, reference, case):
    make = helper(submission, "optimizer_maker", case.rules[0], case.lrs[0], keep=True)
    makers = {rule: helper(submission, "optimizer_maker", rule, keep=True) for rule in case.rules}
    f, x0 = objective(submission, case), case.problem.x0
    assert_arguments_kept(submission.run, make, f, x0, case.num_steps, names=["make_optimizer", "objective", "x0"])
    names = ["make_optimizers", "lrs", "objective", "x0"]
    assert_arguments_kept(submission.sweep, makers, list(case.lrs), f, x0, case.num_steps, names=names)


@graded(
    points=2,
    title={
        "en": "sweep finds the rate with the lowest final loss, and its losses",
        "zh": "sweep 找出最终损失最低的学习率及其各步损失",
    },
    needs=["matches_the_reference", "x0_is_left_alone"],
)
@given(case=sweeps(), share=0.5)
def test_sweep(submission, reference, case):
    assert_swept(submission, reference, case)


@graded(
    points=1,
    title={
        "en": "In a sweep diverging rates lose, and of equal ones the smaller wins",
        "zh": "sweep 中发散的学习率不会胜出，结果相同时取较小的学习率",
    },
    needs=["sweep"],
)
@given(case=ties() | partly_diverging(), share=0.3)
def test_sweep_of_ties_and_divergence(submission, reference, case):
    assert_swept(submission, reference, case)


@graded(
    points=1,
    title={
        "en": "rank: the fewest steps to the target come first, ties by name",
        "zh": "rank：到达目标步数最少者在前，相同则按名称",
    },
)
@given(case=results(kinds=("reaches",)))
def test_rank_by_steps(submission, reference, case):
    assert_matches(submission.rank(*case.args), reference.rank(*case.args))


@graded(
    points=1,
    title={
        "en": "rank: then the others by final loss, and what diverged comes last",
        "zh": "rank：其余按最终损失排列，发散者排在最后",
    },
    needs=["rank_by_steps"],
)
@given(case=results(kinds=("reaches", "reaches and diverges", "stays above", "diverges", "stays above")))
def test_rank_the_others(submission, reference, case):
    assert_matches(submission.rank(*case.args), reference.rank(*case.args))
