"""Properties of Momentum, from plain to deep.

Thirteen ways people get it wrong, and the property that each must fail:

 1. x = x - … or x.data = … instead of an update in place                    → first_step
 2. the velocity is forgotten from one step to the next: plain SGD           → constant_gradient
 3. v ← βv + (1−β)g, an average, or a velocity in float32                    → first_step, constant_gradient
 4. all parameters, or all of one shape, share a velocity                    → matches_the_reference
 5. Nesterov with the old velocity, or ignored                               → nesterov
 6. a missing gradient counts as zero: the velocity decays and x drifts on   → missing_gradients
 7. lr is multiplied into the velocity, or read once in __init__             → groups_and_changed_options
 8. with momentum = 0 an old velocity still moves the parameters             → momentum_of_zero
 9. the velocity is the gradient tensor itself, or gradients are zeroed      → gradients_are_left_alone
10. velocities live in a list of one's own, which state_dict does not know   → resumes
11. no check of lr and momentum, or one that refuses lr = 0                  → refuses_bad_options
12. other defaults than β = 0.9 without nesterov                             → constant_gradient
13. velocities are made in __init__: parameters that join later have none    → groups_and_changed_options
"""

import itertools
from dataclasses import dataclass

import torch
from hypothesis import strategies as st

from grader.kit import (
    EACH_STEP,
    OptimizerRun,
    Regrouping,
    Values,
    assert_closure,
    assert_gradients_left_alone,
    assert_matches,
    assert_missing_gradients_skipped,
    assert_parameters_join,
    assert_raises,
    assert_resumes,
    check,
    given,
    graded,
    helper,
    optimizer_runs,
    regrouped,
    regroupings,
    started,
    tensor,
    trainings,
    trajectory,
)
from grader.kit.optimizers import EachStep, falls_silent

CLOSE = {"rtol": 1e-9}
"""float64 trajectories agree to this."""


@dataclass(frozen=True)
class Repeated:
    """One parameter that has the same gradient in every step."""

    x: Values
    gradient: Values
    steps: int
    lr: float
    momentum: float


@dataclass(frozen=True)
class SwitchedOff:
    """A run with momentum, which loses it after some steps, or begins without.

    It never gets one back: whether a velocity is kept while momentum is 0 is left open (torch.optim.SGD keeps none).
    """

    run: OptimizerRun
    lr: float
    momentum: float
    after: int

    def shown(self):
        return {
            "params": self.run.params, "gradients": self.run.steps, "lr": self.lr, "momentum": self.momentum,
            f"momentum (t > {self.after})": 0.0,
        }  # fmt: skip


@dataclass(frozen=True)
class Options:
    lr: float
    momentum: float


LRS = (0.1, 0.01, 0.5, 1.0)
MOMENTA = (0.9, 0.5, 0.99)


OPTIONS = {"lr": LRS, "momentum": MOMENTA, "nesterov": (False,)}
EITHER = {**OPTIONS, "nesterov": (False, True)}


@st.composite
def repetitions(draw, momenta, most_steps, dtypes=("float64",)):
    run = draw(optimizer_runs(most_steps=1, dtype=draw(st.sampled_from(dtypes))))
    steps, lr, momentum = draw(st.integers(1, most_steps)), draw(st.sampled_from(LRS)), draw(st.sampled_from(momenta))
    return Repeated(run.params[0], run.steps[0][0], steps, lr, momentum)


@st.composite
def switches(draw):
    run = draw(optimizer_runs(least_steps=2, most_steps=4))
    after = draw(st.integers(0, len(run.steps) - 1))
    return SwitchedOff(run, draw(st.sampled_from(LRS)), draw(st.sampled_from(MOMENTA)), after)


@st.composite
def bad_options(draw):
    return Options(
        *draw(st.sampled_from([(-0.1, 0.9), (-1e-6, 0.0), (0.1, -0.1), (0.1, 1.0), (0.1, 1.5), (0.0, -1e-6)]))
    )


ordinary = trainings(OPTIONS, scales=(1.0, 1e-6, 1e-3, 1e3, 0.0))
either = trainings(EITHER)
with_missing = trainings(OPTIONS, missing=True, least_steps=2)


@graded(
    points=1,
    title={"en": "The first step is x − ηg, in place", "zh": "第一步是就地进行的 x − ηg"},
)
@given(case=repetitions(momenta=(*MOMENTA, 0.0), most_steps=1, dtypes=("float64", "float32")))
def test_first_step(submission, reference, case):
    [x] = params = started(submission, [case.x])
    alias = helper(submission, "aliases", params, keep=True)
    optimizer = submission.Momentum([x], lr=case.lr, momentum=case.momentum, nesterov=False)
    [[stepped]] = helper(submission, "optimize", optimizer, params, [[case.gradient]])
    exact = CLOSE if case.x.dtype == "float64" else {}
    assert_matches(stepped, case.x.tensor - case.lr * case.gradient.tensor, **exact, quantity="x")
    [seen] = helper(submission, "read", alias)
    check(
        torch.equal(seen, stepped),
        {
            "en": "x moved, but a detached alias of it did not: the new values lie in new storage, expected an update in place",
            "zh": "x 变了，但它的 detach 别名没有变：新的值存放在新的存储中，应当就地更新",
        },
        actual=seen,
        quantity="the alias",
    )


@graded(
    points=1,
    title={
        "en": "With the same gradient again and again the steps grow, by default to 10·η·g",
        "zh": "梯度始终相同时步长逐渐增大，默认趋于 10·η·g",
    },
)
@given(case=repetitions(momenta=(0.9,), most_steps=6))
def test_constant_gradient(submission, reference, case):
    [x] = params = started(submission, [case.x])
    steps = [[case.gradient]] * case.steps
    mine = helper(submission, "optimize", submission.Momentum([x], lr=case.lr), params, steps)
    for count, ([old], [new]) in enumerate(itertools.pairwise([[case.x.tensor], *mine]), start=1):
        factor = case.lr * (1 - 0.9**count) / (1 - 0.9)
        expected, moved = -factor * case.gradient.tensor, new - old
        check(
            torch.allclose(moved, expected, rtol=1e-9, atol=1e-9),
            {
                "en": f"step {count} with the same gradient g did not move x by −η·g·(1 − β^{count})/(1 − β) = "
                f"{-factor:.6g}·g, with η = {case.lr:g} and the defaults: β = 0.9, no nesterov",
                "zh": f"在梯度 g 始终相同的第 {count} 步，x 的移动不等于 −η·g·(1 − β^{count})/(1 − β) = "
                f"{-factor:.6g}·g，其中 η = {case.lr:g}，其余取默认值：β = 0.9，不用 nesterov",
            },
            expected=expected,
            actual=moved,
            quantity=f"x after step {count} minus x before it",
        )


@graded(points=1, title={"en": "The trajectory matches the reference", "zh": "参数的轨迹与参考实现一致"})
@given(case=ordinary)
def test_matches_the_reference(submission, reference, case):
    mine, theirs = (trajectory(module, "Momentum", case) for module in (submission, reference))
    assert_matches(mine, theirs, **CLOSE, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "Nesterov: the first step is (1 + β) times as long, the others look ahead too",
        "zh": "Nesterov：第一步是原来的 (1 + β) 倍，之后各步也向前看",
    },
    needs=["matches_the_reference"],
)
@given(case=trainings({**OPTIONS, "nesterov": (True,)}))
def test_nesterov(submission, reference, case):
    mine = trajectory(submission, "Momentum", case)
    xs, first = [x.tensor for x in case.run.params], [g.tensor for g in case.run.steps[0]]
    lr, momentum = case.options["lr"], case.options["momentum"]
    ahead = [x - lr * (1 + momentum) * g for x, g in zip(xs, first, strict=True)]
    assert_matches(mine[:1], [ahead], **CLOSE, quantity=EACH_STEP)
    assert_matches(mine, trajectory(reference, "Momentum", case), **CLOSE, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "Parameters without a gradient stay, and so do their velocities",
        "zh": "没有梯度的参数不动，其速度也不变",
    },
    needs=["matches_the_reference"],
)
@given(case=with_missing | with_missing.map(falls_silent))
def test_missing_gradients(submission, reference, case):
    mine = trajectory(submission, "Momentum", case)
    assert_missing_gradients_skipped(case, mine)
    assert_matches(mine, trajectory(reference, "Momentum", case), **CLOSE, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "Each group has its own options, which may change; other groups may join",
        "zh": "每个参数组有自己的超参数，可中途改变；也可中途加入新的参数组",
    },
    needs=["nesterov"],
)
@given(case=regroupings(EITHER) | trainings(EITHER, least_steps=2), share=0.5)
def test_groups_and_changed_options(submission, reference, case):
    if not isinstance(case, Regrouping):
        assert_parameters_join(submission, reference, "Momentum", case, CLOSE)
        return
    mine, theirs = (regrouped(module, "Momentum", case) for module in (submission, reference))
    assert_matches(mine, theirs, **CLOSE, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "With momentum = 0 it is plain SGD, whatever the velocity was before",
        "zh": "momentum = 0 时就是普通的 SGD，与之前的速度无关",
    },
    needs=["matches_the_reference"],
    teaching="the law of β = 0, against plain SGD and not against a reference; says so where a velocity lingers",
)
@given(case=switches())
def test_momentum_of_zero(submission, reference, case):
    params, steps = started(submission, case.run.params), [list(step) for step in case.run.steps]
    optimizer = submission.Momentum(params, lr=case.lr, momentum=case.momentum if case.after else 0.0)
    helper(submission, "optimize", optimizer, params, steps[: case.after])
    helper(submission, "set_options", optimizer, 0, {"momentum": 0.0})
    plain, now = [], [tensor(x, "params") for x in helper(submission, "read", params)]
    for step in case.run.steps[case.after :]:
        now = [x - case.lr * g.tensor for x, g in zip(now, step, strict=True)]
        plain.append(now)
    after = helper(submission, "optimize", optimizer, params, steps[case.after :])
    assert_matches(
        after,
        plain,
        **CLOSE,
        quantity=EachStep({"en": " from there on with momentum = 0", "zh": "（从此处起 momentum = 0）"}),
    )


@graded(points=1, title={"en": "Gradients are left alone", "zh": "不改动梯度"})
@given(case=either)
def test_gradients_are_left_alone(submission, reference, case):
    assert_gradients_left_alone(submission, "Momentum", case)


@graded(
    points=1,
    title={"en": "Training can be resumed from a state_dict", "zh": "训练可以从 state_dict 恢复"},
    needs=["matches_the_reference"],
)
@given(case=trainings(OPTIONS, least_steps=2), share=0.3)
def test_resumes(submission, reference, case):
    assert_resumes(submission, reference, "Momentum", case, CLOSE)


@graded(
    points=1,
    title={
        "en": "Bad options raise ValueError; lr = 0 and momentum = 0 are fine",
        "zh": "不合法的超参数抛出 ValueError；lr = 0 与 momentum = 0 合法",
    },
)
@given(case=bad_options())
def test_refuses_bad_options(submission, reference, case):
    [x] = started(submission, [torch.tensor([1.0, -2.0])])
    still = submission.Momentum([x], lr=0.0, momentum=0.0)
    [[stayed]] = helper(submission, "optimize", still, [x], [[torch.tensor([3.0, 4.0])]])
    assert_matches(
        stayed,
        torch.tensor([1.0, -2.0]),
        quantity={"en": "x after a step with lr = 0", "zh": "lr = 0 时走一步之后的 x "},
    )
    assert_raises("ValueError", submission.Momentum, [x], lr=case.lr, momentum=case.momentum)


@graded(
    star=True,
    title={
        "en": "The closure is called once, with gradients enabled, and its value is returned",
        "zh": "闭包在启用梯度的情况下被调用一次，并返回它的值",
    },
)
@given(case=either, share=0.25)
def test_closure(submission, reference, case):
    assert_closure(submission, "Momentum", case, expected=trajectory(reference, "Momentum", case))
