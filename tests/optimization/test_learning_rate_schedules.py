"""Properties of the learning rate schedulers, from plain to deep.

Twelve ways people get it wrong, and the property that each must fail:

 1. lr/(t + 1), lr/√t, a default of one's own                                → square_root
 2. no floor; the book's running rate times factorᵗ on top                   → shrinks_by_the_factor
 3. the floor is taken away again; the first rate is base_lr · factor²       → factor_from_the_start
 4. a milestone takes effect one update late                                 → milestones
 5. the rate shrinks once, or recovers after the milestone                   → milestones
 6. a whole wave, a quarter of a wave; final_lr is left out or on top        → from_base_to_final
 7. a straight line instead of the cosine; it rises again beyond max_update  → cosine
 8. the warm-up begins at 0, or never leaves warmup_begin_lr                 → warm_up
 9. the warm-up arrives one update early, so that base_lr comes twice        → warm_up
10. the cosine counts from t = 0, warm-up included: a jump at its end        → warm_up, cosine_after_warm_up
11. a counter of calls, or the list of milestones, is used up                → any_order
12. beyond max_update the last value is remembered, or was never set         → ★ final_rate_is_not_remembered

Schedulers are asked for t = 0, 1, 2, … in order, because FactorScheduler may count its calls.
"""

import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from grader.kit import assert_matches, check, given, graded, number, sizes

CLOSE = {"rtol": 1e-9, "atol": 1e-12}


@dataclass(frozen=True)
class Schedule:
    """A scheduler's options, and how many updates there are."""

    options: dict[str, Any]
    num_updates: int

    def shown(self):
        return {**self.options, "t": f"0, …, {self.num_updates - 1}" if self.num_updates > 1 else "0"}


@dataclass(frozen=True)
class Shuffled:
    """The options of three schedulers, and the numbers of updates in the order in which each is asked for them."""

    lr: float
    milestones: tuple[int, ...]
    cosine: dict[str, Any]
    order: tuple[int, ...]

    @property
    def schedulers(self):
        return {
            "SquareRootScheduler": {"lr": self.lr},
            "MultiFactorScheduler": {"milestones": list(self.milestones), "factor": 0.5, "base_lr": self.lr},
            "CosineScheduler": self.cosine,
        }

    def shown(self):
        return {**self.schedulers, "t, in this order": self.order}


@dataclass(frozen=True)
class Late:
    """A CosineScheduler that is asked for an early t, or none, and then for one beyond max_update."""

    options: dict[str, Any]
    before: tuple[int, ...]
    t: int


@st.composite
def options(draw, **pools):
    """One value for each option, or None: then it is left out."""
    drawn = {name: draw(st.sampled_from(pool)) for name, pool in pools.items()}
    return {name: value for name, value in drawn.items() if value is not None}


@st.composite
def square_roots(draw):
    return Schedule(draw(options(lr=(None, 0.6, 1.0))), draw(sizes(9)))


@st.composite
def factors(draw):
    """Rates that reach the floor, the default one (1e-7) included, and others that do not; factor = 1 by default."""
    drawn = options(factor=(0.5, None, 0.9, 0.01), stop_factor_lr=(None, 0.02, 0.001), base_lr=(None, 0.5, 2.0))
    return Schedule(draw(drawn), draw(sizes(7, 2)))


@st.composite
def milestones(draw):
    gaps = draw(st.lists(st.integers(1, 4), max_size=3))
    drawn = draw(options(factor=(0.5, 0.1, 0.9), base_lr=(0.8, 0.1)))
    return Schedule({"milestones": list(itertools.accumulate(gaps)), **drawn}, sum(gaps) + 3)


@st.composite
def cosines(draw, warm=False, longest=7, beyond=0):
    """The cosine takes 1 to `longest` updates, after a warm-up of 1 to 5 if there is one."""
    warmup_steps = draw(sizes(5)) if warm else 0
    max_update = warmup_steps + draw(sizes(longest))
    drawn = {"max_update": max_update, **draw(options(base_lr=(0.5, None, 0.3), final_lr=(None, 0.02, 0.1)))}
    if warm:
        drawn |= {"warmup_steps": warmup_steps, **draw(options(warmup_begin_lr=(None, 0.004, 0.1)))}
    return Schedule(drawn, max_update + 1 + beyond)


@st.composite
def shuffles(draw):
    cosine, seed = draw(cosines(warm=True)), draw(st.integers(0, 2**16))
    generator = np.random.default_rng(seed)
    order = generator.permutation(cosine.num_updates).tolist()
    marks = sorted(generator.choice(np.arange(1, cosine.num_updates), size=2 - (cosine.num_updates < 4), replace=False))
    return Shuffled(draw(st.sampled_from((0.8, 0.1))), tuple(map(int, marks)), cosine.options, tuple(order))


@st.composite
def late(draw):
    cosine = draw(cosines(warm=True))
    before = draw(st.sampled_from([(), (0,), (cosine.options["warmup_steps"],)]))
    return Late(cosine.options, before, cosine.num_updates + draw(st.integers(0, 9)))


@st.composite
def all_warm_up(draw):
    drawn = draw(cosines(warm=True)).options
    return Schedule({**drawn, "max_update": drawn["warmup_steps"]}, drawn["warmup_steps"] + 4)


def at(t):
    return {"en": f"the learning rate at t = {t}", "zh": f"t = {t} 时的学习率"}


def asked(module, name, options, ts):
    """What a new scheduler answers, one question after the other."""
    scheduler = getattr(module, name)(**options)
    return [number(scheduler(t), at(t)) for t in ts]


def rates(module, name, case):
    return asked(module, name, case.options, range(case.num_updates))


def assert_rates(submission, reference, name, case):
    mine, theirs = (rates(module, name, case) for module in (submission, reference))
    for t, (actual, expected) in enumerate(zip(mine, theirs, strict=True)):
        assert_matches(actual, expected, **CLOSE, quantity=at(t))


@graded(
    points=1,
    title={"en": "SquareRootScheduler falls like 1/√(t + 1)", "zh": "SquareRootScheduler 按 1/√(t + 1) 下降"},
)
@given(case=square_roots())
def test_square_root(submission, reference, case):
    assert_rates(submission, reference, "SquareRootScheduler", case)


@graded(
    points=1,
    title={
        "en": "FactorScheduler: each rate is factor times the one before, down to the floor",
        "zh": "FactorScheduler：每次都是前一次的 factor 倍，直到下限",
    },
)
@given(case=factors())
def test_shrinks_by_the_factor(submission, reference, case):
    factor, stop = case.options.get("factor", 1), case.options.get("stop_factor_lr", 1e-7)
    for t, (before, after) in enumerate(itertools.pairwise(rates(submission, "FactorScheduler", case))):
        expected = max(stop, factor * before)
        check(
            math.isclose(after, expected, rel_tol=1e-9),
            {
                "en": f"the learning rate is {before:.6g} at t = {t} and {after:.6g} at t = {t + 1}, expected {expected:.6g}: "
                f"{factor:g} times as much, but at least {stop:g}",
                "zh": f"t = {t} 时的学习率是 {before:.6g}，t = {t + 1} 时是 {after:.6g}，应为 {expected:.6g}："
                f"前者的 {factor:g} 倍，但不低于 {stop:g}",
            },
        )


@graded(
    points=1,
    title={"en": "FactorScheduler starts at base_lr", "zh": "FactorScheduler 从 base_lr 开始"},
    needs=["shrinks_by_the_factor"],
)
@given(case=factors())
def test_factor_from_the_start(submission, reference, case):
    assert_rates(submission, reference, "FactorScheduler", case)


@graded(
    points=2,
    title={
        "en": "MultiFactorScheduler shrinks at each milestone, and stays there",
        "zh": "MultiFactorScheduler 在每个里程碑处下降，并保持不变",
    },
)
@given(case=milestones())
def test_milestones(submission, reference, case):
    assert_rates(submission, reference, "MultiFactorScheduler", case)


@graded(
    points=1,
    title={
        "en": "The cosine starts at base_lr, is half-way in the middle, and ends at final_lr",
        "zh": "余弦从 base_lr 开始，中点恰好降到一半，终点为 final_lr",
    },
)
@given(case=cosines())
def test_from_base_to_final(submission, reference, case):
    base, final, last = case.options.get("base_lr", 0.01), case.options.get("final_lr", 0.0), case.num_updates - 1
    mine = rates(submission, "CosineScheduler", case)
    assert_matches(mine[0], base, **CLOSE, quantity=at(0))
    if last % 2 == 0:
        assert_matches(mine[last // 2], (base + final) / 2, **CLOSE, quantity=at(last // 2))
    assert_matches(mine[last], final, **CLOSE, quantity=at(last))


@graded(
    points=1,
    title={"en": "The cosine, and final_lr beyond max_update", "zh": "余弦曲线，以及 max_update 之后的 final_lr"},
    needs=["from_base_to_final"],
)
@given(case=cosines(beyond=4))
def test_cosine(submission, reference, case):
    assert_rates(submission, reference, "CosineScheduler", case)


@graded(
    points=1,
    title={
        "en": "The warm-up is a line that reaches base_lr at t = warmup_steps",
        "zh": "预热是一条直线，在 t = warmup_steps 时到达 base_lr",
    },
)
@given(case=cosines(warm=True))
def test_warm_up(submission, reference, case):
    begin, steps = case.options.get("warmup_begin_lr", 0.0), case.options["warmup_steps"]
    base = case.options.get("base_lr", 0.01)
    mine = rates(submission, "CosineScheduler", case)
    assert_matches(mine[0], begin, **CLOSE, quantity=at(0))
    for t in range(1, steps + 1):
        check(
            math.isclose(mine[t] - mine[t - 1], (base - begin) / steps, rel_tol=1e-9, abs_tol=1e-12),
            {
                "en": f"the learning rate is {mine[t - 1]:.6g} at t = {t - 1} and {mine[t]:.6g} at t = {t}, expected it to grow "
                f"by (base_lr − warmup_begin_lr)/warmup_steps = {(base - begin) / steps:.6g} at every update up to t = {steps}",
                "zh": f"t = {t - 1} 时的学习率是 {mine[t - 1]:.6g}，t = {t} 时是 {mine[t]:.6g}；直到 t = {steps}，每次更新都应增加 "
                f"(base_lr − warmup_begin_lr)/warmup_steps = {(base - begin) / steps:.6g}",
            },
        )


@graded(
    points=1,
    title={"en": "The cosine begins where the warm-up ends", "zh": "余弦从预热结束处开始"},
    needs=["cosine", "warm_up"],
)
@given(case=cosines(warm=True, beyond=2))
def test_cosine_after_warm_up(submission, reference, case):
    assert_rates(submission, reference, "CosineScheduler", case)


@graded(
    points=1,
    title={
        "en": "Asked in another order they answer the same (FactorScheduler aside)",
        "zh": "改变查询 t 的顺序，结果不变（FactorScheduler 除外）",
    },
)
@given(case=shuffles())
def test_any_order(submission, reference, case):
    for name, options in case.schedulers.items():
        in_order = asked(submission, name, options, range(len(case.order)))
        for t, rate in zip(case.order, asked(submission, name, options, case.order), strict=True):
            check(
                math.isclose(rate, in_order[t], rel_tol=1e-9, abs_tol=1e-12),
                {
                    "en": f"{name}: the learning rate at t = {t} is {in_order[t]:.6g} when asked for t = 0, 1, 2, … in order, "
                    f"and {rate:.6g} when asked in the order {', '.join(map(str, case.order))}; expected the same",
                    "zh": f"{name}：依次询问 t = 0、1、2……时，t = {t} 的学习率是 {in_order[t]:.6g}；"
                    f"按 {'、'.join(map(str, case.order))} 的顺序询问时却是 {rate:.6g}，两者应当相同",
                },
            )


@graded(
    star=True,
    title={
        "en": "Beyond max_update the cosine gives final_lr, whatever was asked before",
        "zh": "不论之前查询过哪些 t，max_update 之后都给出 final_lr",
    },
    teaching="asks for what was never stored, as the book's code would need; an edit of one line does not begin to store",
)
@given(case=late())
def test_final_rate_is_not_remembered(submission, reference, case):
    *_, rate = asked(submission, "CosineScheduler", case.options, [*case.before, case.t])
    assert_matches(rate, float(case.options.get("final_lr", 0)), **CLOSE, quantity=at(case.t))


@graded(
    star=True,
    title={
        "en": "It can be all warm-up: warmup_steps == max_update",
        "zh": "可以全部是预热：warmup_steps == max_update",
    },
)
@given(case=all_warm_up())
def test_all_warm_up(submission, reference, case):
    mine, theirs = (rates(module, "CosineScheduler", case) for module in (submission, reference))
    for t, (actual, expected) in enumerate(zip(mine, theirs, strict=True)):
        if t != case.options["max_update"]:
            assert_matches(actual, expected, **CLOSE, quantity=at(t))
        check(
            math.isfinite(actual),
            {
                "en": f"the learning rate at t = max_update = {t} is {actual}, expected a finite number",
                "zh": f"t = max_update = {t} 时的学习率是 {actual}，应为有限的数",
            },
        )
