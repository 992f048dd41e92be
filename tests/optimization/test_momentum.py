"""Properties of Momentum, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. x = x - … or x.data = … instead of an update in place                      → first_step
2. the velocity is forgotten from one step to the next: plain SGD              → constant_gradient
3. v ← βv + (1−β)g, an average                                                → first_step, constant_gradient
4. all parameters, or all of one shape, share a velocity                      → matches_the_reference
5. Nesterov with the old velocity, or ignored                                 → nesterov
6. a missing gradient counts as zero: the velocity decays and x drifts on     → missing_gradients
7. lr is multiplied into the velocity, or read once in __init__               → groups_and_changed_options
8. the velocity is the gradient tensor itself, or gradients are zeroed        → gradients_are_left_alone
9. velocities live in a list of one's own, which state_dict does not know     → resumes
10. no check of lr and momentum, or one that refuses lr = 0                   → refuses_bad_options
"""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st

from grader.kit import (
    OptimizerRun,
    assert_matches,
    assert_raises,
    check,
    given,
    graded,
    helper,
    number,
    optimizer_runs,
)

EACH_STEP = {"en": "params after each step", "zh": "各步之后的参数"}
CLOSE = {"rtol": 1e-9}
"""float64 trajectories agree to this."""


@dataclass(frozen=True)
class Training:
    """A run with its options."""

    run: OptimizerRun
    lr: float
    momentum: float
    nesterov: bool

    @property
    def options(self):
        return {"lr": self.lr, "momentum": self.momentum, "nesterov": self.nesterov}

    def shown(self):
        return {"params": self.run.params, "gradients": self.run.steps, **self.options}


@dataclass(frozen=True)
class Grouped:
    """The first parameter is a group with a learning rate of its own, the others have their own momentum; both change."""

    run: OptimizerRun
    lrs: tuple[float, float, float]
    momenta: tuple[float, float, float]
    nesterov: bool

    @property
    def defaults(self):
        return {"lr": self.lrs[0], "momentum": self.momenta[0], "nesterov": False}

    @property
    def own(self):
        return {"lr": self.lrs[1]}, {"momentum": self.momenta[1], "nesterov": self.nesterov}

    @property
    def later(self):
        return {"momentum": self.momenta[2]}, {"lr": self.lrs[2]}

    def shown(self):
        first, others = self.own
        return {
            "params": self.run.params, "gradients": self.run.steps, "defaults": self.defaults, "group of params[0]": first,
            "group of the others": others, "changed half-way": list(self.later),
        }  # fmt: skip


@dataclass(frozen=True)
class Options:
    lr: float
    momentum: float


LRS = (0.1, 0.01, 0.5, 1.0)
MOMENTA = (0.9, 0.5, 0.99)


@st.composite
def trainings(draw, momenta=MOMENTA, nesterov=(False,), dtypes=("float64",), **run):
    run = draw(optimizer_runs(dtype=draw(st.sampled_from(dtypes)), **run))
    return Training(run, draw(st.sampled_from(LRS)), draw(st.sampled_from(momenta)), draw(st.sampled_from(nesterov)))


@st.composite
def groupings(draw):
    run = draw(optimizer_runs(least_steps=2))
    lrs, momenta = draw(st.permutations(LRS)), draw(st.permutations(MOMENTA))
    return Grouped(run, tuple(lrs[:3]), tuple(momenta), draw(st.booleans()))


@st.composite
def bad_options(draw):
    return Options(
        *draw(st.sampled_from([(-0.1, 0.9), (-1e-6, 0.0), (0.1, -0.1), (0.1, 1.0), (0.1, 1.5), (0.0, -1e-6)]))
    )


ordinary = trainings(scales=(1.0, 1e-3, 1e3, 0.0))
either = trainings(nesterov=(False, True))


def start(module, params):
    """The run's parameters, in the worker."""
    return helper(module, "parameters", list(params), keep=True)


def gradients(run):
    return [list(step) for step in run.steps]


def trajectory(module, case):
    """The parameters after each step."""
    params = start(module, case.run.params)
    return helper(module, "optimize", module.Momentum(params, **case.options), params, gradients(case.run))


@graded(
    points=1,
    title={"en": "The first step is x − ηg, in place", "zh": "第一步是就地进行的 x − ηg"},
)
@given(case=trainings(dtypes=("float64", "float32"), most_steps=1))
def test_first_step(submission, reference, case):
    params = start(submission, case.run.params)
    aliases = helper(submission, "aliases", params, keep=True)
    [stepped] = helper(submission, "optimize", submission.Momentum(params, **case.options), params, gradients(case.run))
    expected = [x.tensor - case.lr * g.tensor for x, g in zip(case.run.params, case.run.steps[0], strict=True)]
    exact = CLOSE if expected[0].dtype == torch.float64 else {}
    assert_matches(stepped, expected, **exact, quantity="params")
    seen = helper(submission, "read", aliases)
    check(
        all(torch.equal(one, other) for one, other in zip(seen, stepped, strict=True)),
        {
            "en": "the parameters moved, but detached aliases of them did not: the new values lie in new storage, expected an update in place",
            "zh": "参数变了，但它们的 detach 别名没有变：新的值存放在新的存储中，应当就地更新",
        },
        expected=stepped,
        actual=seen,
        quantity="aliases",
    )


@graded(points=1, title={"en": "With momentum = 0 it is plain SGD", "zh": "momentum = 0 时就是普通的 SGD"})
@given(case=trainings(momenta=(0.0,)))
def test_without_momentum_it_is_sgd(submission, reference, case):
    expected, now = [], [x.tensor for x in case.run.params]
    for step in case.run.steps:
        now = [x - case.lr * g.tensor for x, g in zip(now, step, strict=True)]
        expected.append(now)
    assert_matches(trajectory(submission, case), expected, **CLOSE, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "With the same gradient again and again the steps grow to η·g / (1 − β)",
        "zh": "梯度始终相同时，步子逐渐增大到 η·g / (1 − β)",
    },
)
@given(case=trainings(most_steps=6))
def test_constant_gradient(submission, reference, case):
    grads, count = [g.tensor for g in case.run.steps[0]], len(case.run.steps)
    params = start(submission, case.run.params)
    optimizer = submission.Momentum(params, **case.options)
    helper(submission, "set_grads", params, grads)
    for _ in range(count - 1):
        optimizer.step()
    before = helper(submission, "read", params)
    optimizer.step()
    after = helper(submission, "read", params)
    grown = (1 - case.momentum**count) / (1 - case.momentum)
    expected = [-case.lr * grown * g for g in grads]
    moved = [new - old for new, old in zip(after, before, strict=True)]
    check(
        all(torch.allclose(mine, theirs, rtol=1e-9, atol=1e-9) for mine, theirs in zip(moved, expected, strict=True)),
        {
            "en": f"step {count} with the same gradient g did not move the parameters by −η·g·(1 − β^{count})/(1 − β) = "
            f"{-case.lr * grown:.6g}·g, with η = {case.lr:g} and β = {case.momentum:g}",
            "zh": f"在梯度 g 始终相同的第 {count} 步，参数的移动不等于 −η·g·(1 − β^{count})/(1 − β) = "
            f"{-case.lr * grown:.6g}·g，其中 η = {case.lr:g}，β = {case.momentum:g}",
        },
        expected=expected,
        actual=moved,
        quantity=f"params after step {count} minus params before it",
    )


@graded(points=1, title={"en": "The trajectory matches the reference", "zh": "参数的轨迹与参考实现一致"})
@given(case=ordinary)
def test_matches_the_reference(submission, reference, case):
    mine, theirs = (trajectory(module, case) for module in (submission, reference))
    assert_matches(mine, theirs, **CLOSE, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "Nesterov: the first step is (1 + β) times as long, the others look ahead too",
        "zh": "Nesterov：第一步是原来的 (1 + β) 倍，之后各步也向前看",
    },
)
@given(case=trainings(nesterov=(True,)))
def test_nesterov(submission, reference, case):
    mine = trajectory(submission, case)
    start, first = [x.tensor for x in case.run.params], [g.tensor for g in case.run.steps[0]]
    ahead = [x - case.lr * (1 + case.momentum) * g for x, g in zip(start, first, strict=True)]
    assert_matches(mine[:1], [ahead], **CLOSE, quantity=EACH_STEP)
    assert_matches(mine, trajectory(reference, case), **CLOSE, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "Parameters without a gradient stay, and so do their velocities",
        "zh": "没有梯度的参数不动，其速度也不变",
    },
)
@given(case=trainings(nesterov=(False, True), missing=True, least_steps=2))
def test_missing_gradients(submission, reference, case):
    mine = trajectory(submission, case)
    before = [x.tensor for x in case.run.params]
    for index_of_step, (grads, after) in enumerate(zip(case.run.steps, mine, strict=True)):
        for index, grad in enumerate(grads):
            check(
                grad is not None or torch.equal(after[index], before[index]),
                {
                    "en": f"params[{index}] had no gradient in step {index_of_step}, expected it to stay where it was",
                    "zh": f"params[{index}] 在第 {index_of_step} 步没有梯度，应当保持不动",
                },
                expected=before[index],
                actual=after[index],
                quantity=f"params[{index}] after step {index_of_step}",
            )
        before = after
    assert_matches(mine, trajectory(reference, case), **CLOSE, quantity=EACH_STEP)


def regrouped(module, case):
    """Two groups, whose options change half-way."""
    params = start(module, case.run.params)
    groups = [{"params": params[:1], **case.own[0]}, {"params": params[1:], **case.own[1]}]
    optimizer = module.Momentum(groups, **case.defaults)
    steps, half = gradients(case.run), len(case.run.steps) // 2
    first = helper(module, "optimize", optimizer, params, steps[:half])
    for group, changes in enumerate(case.later):
        helper(module, "set_options", optimizer, group, changes)
    return first + helper(module, "optimize", optimizer, params, steps[half:])


@graded(
    points=1,
    title={
        "en": "Each group has its own options, which may change between steps",
        "zh": "每个参数组有自己的超参数，并可在两步之间改变",
    },
)
@given(case=groupings())
def test_groups_and_changed_options(submission, reference, case):
    assert_matches(regrouped(submission, case), regrouped(reference, case), **CLOSE, quantity=EACH_STEP)


@graded(points=1, title={"en": "Gradients are left alone, and no graph grows", "zh": "不改动梯度，也不增长计算图"})
@given(case=either)
def test_gradients_are_left_alone(submission, reference, case):
    grads = [g.tensor for g in case.run.steps[0]]
    grads[0] = None
    params = start(submission, case.run.params)
    optimizer = submission.Momentum(params, **case.options)
    helper(submission, "set_grads", params, grads)
    for _ in range(2):
        optimizer.step()
    moved = not torch.equal(helper(submission, "read", params[1:2])[0], case.run.params[1].tensor)
    check(
        moved or not grads[1].any(),
        {"en": "after two steps params[1] is where it was", "zh": "走完两步之后 params[1] 仍在原处"},
    )
    assert_matches(
        helper(submission, "get_grads", params),
        grads,
        rtol=0.0,
        atol=0.0,
        quantity={"en": "gradients after two steps", "zh": "两步之后的梯度"},
    )
    check(
        params[0].requires_grad and params[1].requires_grad and not any(helper(submission, "has_graph", params)),
        {
            "en": "after a step the parameters are no leaves any more that require gradients",
            "zh": "走完一步之后，参数不再是需要梯度的叶子张量",
        },
    )


@graded(points=1, title={"en": "Training can be resumed from a state_dict", "zh": "训练可以从 state_dict 恢复"})
@given(case=trainings(nesterov=(False, True), missing=True, least_steps=2))
def test_resumes(submission, reference, case):
    steps, half = gradients(case.run), (len(case.run.steps) + 1) // 2
    params = start(submission, case.run.params)
    optimizer = submission.Momentum(params, **case.options)
    saved = helper(submission, "optimize", optimizer, params, steps[:half])[-1]
    copies = start(submission, saved)
    resumed = submission.Momentum(copies, **case.options)
    helper(submission, "reload_state", resumed, optimizer)
    mine = helper(submission, "optimize", resumed, copies, steps[half:])
    theirs = trajectory(reference, case)[half:]
    assert_matches(
        mine,
        theirs,
        **CLOSE,
        quantity={
            "en": f"params after each step, resumed from the state after step {half - 1},",
            "zh": f"从第 {half - 1} 步后的状态恢复，各步之后的参数",
        },
    )


@graded(
    points=1,
    title={
        "en": "Bad options raise ValueError; lr = 0 and momentum = 0 are fine",
        "zh": "不合法的超参数抛出 ValueError；lr = 0 与 momentum = 0 合法",
    },
)
@given(case=bad_options())
def test_refuses_bad_options(submission, reference, case):
    [x] = start(submission, [torch.tensor([1.0, -2.0])])
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
@given(case=either)
def test_closure(submission, reference, case):
    params = start(submission, case.run.params)
    optimizer = submission.Momentum(params, **case.options)
    before, expected = [x.tensor for x in case.run.params], trajectory(reference, case)
    for index, step in enumerate(case.run.steps[:2]):
        closure = helper(submission, "closure", params, list(step), keep=True)
        value = number(optimizer.step(closure), "the value of step(closure)")
        loss = float(sum((x * g.tensor).sum() for x, g in zip(before, step, strict=True)))
        assert_matches(value, loss, quantity={"en": "the value of step(closure)", "zh": "step(closure) 的返回值"})
        assert_matches(
            closure.calls, 1, quantity={"en": "the number of calls of the closure", "zh": "闭包被调用的次数"}
        )
        before = helper(submission, "read", params)
        assert_matches(
            before,
            expected[index],
            **CLOSE,
            quantity={"en": f"params after step {index}", "zh": f"第 {index} 步之后的参数"},
        )
