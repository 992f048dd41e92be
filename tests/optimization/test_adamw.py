"""Properties of adamw, from plain to deep.

Fourteen ways people get it wrong, and the property that each must fail:

 1. x.data = …, or x = x - …: the storage keeps the old values                 → updates_in_place
 2. betas are not checked, the defaults are PyTorch's, lr = 0 still decays     → options
 3. λx is added to the gradient: Adam with a penalty, not AdamW                → decays_where_the_gradient_is_zero
 4. lr is missing from the decay, or it pushes away from 0                     → decays_where_the_gradient_is_zero
 5. no decay where the gradient is 0                                           → decays_where_the_gradient_is_zero
 6. the decay is divided by √ŝ + ε together with v̂, or enters v               → knows_no_scale
 7. ε inside the root, or the root is missing                                  → knows_no_scale
 8. no bias correction, betas swapped, float32 averages, one v for one shape   → matches_the_reference
 9. a parameter without a gradient decays, or counts as one whose g is 0       → missing_gradients
10. lr, betas, eps or weight_decay are the constructor's for every group       → groups_and_changed_options
11. the penalty is added to x.grad itself, or the gradients are zeroed         → gradients_are_left_alone
12. t lives on the optimizer, which the state_dict does not save               → resumes
13. the averages are made in __init__ only: a group that joins has none        → groups_may_join
14. the closure runs under no_grad, or after the decay                         → ★ closure

Numbers: honest orders of operations differ by rounding relative to the largest gradient so far, so √ŝ must not forget
that one: β₂ is at least 0.5 where gradients of different scale meet.
A β does not change half-way: βᵗ kept as a running product is as right as the t-th power of the newest β.
"""

import dataclasses
from dataclasses import dataclass
from operator import attrgetter

import torch
from hypothesis import strategies as st

from grader.kit import (
    EACH_STEP,
    assert_closure,
    assert_gradients_left_alone,
    assert_matches,
    assert_missing_gradients_skipped,
    assert_options,
    assert_parameters_join,
    assert_raises,
    assert_resumes,
    assert_same,
    assert_updates_in_place,
    check,
    given,
    graded,
    helper,
    regrouped,
    regroupings,
    started,
    tensor,
    trainings,
    trajectory,
)
from grader.kit.optimizers import EachStep, falls_silent

DEFAULTS = {"lr": 0.001, "betas": (0.9, 0.999), "eps": 1e-6, "weight_decay": 0.01}
OPTIONS = {
    "lr": (0.1, 0.01, 1.0),
    "betas": ((0.9, 0.999), (0.5, 0.9), (0.1, 0.99), (0.9, 0.5), (0.0, 0.99)),
    "eps": (1e-1, 1e-3, 1e-6, 1e-8),
    "weight_decay": (0.1, 0.01, 0.5, 0.0),
}
DECAYING = {**OPTIONS, "weight_decay": (0.1, 0.01, 0.5)}
FORGETFUL = {**OPTIONS, "betas": ((0.0, 0.0), (0.9, 0.0))}
FACTOR = 1024.0
"""A power of two: gradients times this are exact."""


@dataclass(frozen=True)
class Options:
    given: dict[str, float | tuple[float, float]]
    legal: bool


@st.composite
def options(draw):
    good = [{}, {"lr": 0.0, "weight_decay": 0.5}, {"betas": (0.0, 0.0), "weight_decay": 0.0}, {"lr": 1.5, "eps": 0.1}]
    bad = [{"lr": -0.1}, {"lr": -1e-6}] + [
        {"betas": pair} for pair in [(1.0, 0.9), (0.9, 1.0), (-0.1, 0.9), (0.9, -0.1), (0.9, 1.5)]
    ]
    legal = draw(st.booleans())
    return Options(draw(st.sampled_from(good if legal else bad)), legal)


MIXED = (1.0, 1e-6, 1e-3, 1e3, 0.0)
plain = trainings(DECAYING, most_steps=3)
ordinary = st.one_of(
    trainings(OPTIONS, scales=MIXED, most_steps=4),
    trainings(FORGETFUL, most_steps=3),
    trainings(OPTIONS, dtype="float32", most_steps=3),
)
with_missing = trainings(DECAYING, missing=True, least_steps=2, most_steps=4).filter(
    attrgetter("every_step_has_a_gradient")
)
halved = trainings(DECAYING, least_steps=2, most_steps=4)


@graded(
    points=1,
    title={"en": "Parameters are updated in place and keep their dtype", "zh": "就地更新参数，且保持其数据类型"},
)
@given(case=st.one_of(plain, trainings(OPTIONS, dtype="float32", most_steps=2)))
def test_updates_in_place(submission, reference, case):
    assert_updates_in_place(submission, "AdamW", case)


@graded(
    points=1,
    title={
        "en": "Default, legal and illegal options; with lr = 0 nothing moves",
        "zh": "超参数：默认值、合法值与非法值；lr = 0 时参数不动",
    },
)
@given(case=options())
def test_options(submission, reference, case):
    if not case.legal:
        assert_raises("ValueError", submission.AdamW, started(submission, [torch.zeros(2)]), **case.given)
        return
    assert_options(submission, "AdamW", case.given, DEFAULTS)
    still = torch.tensor([1.0, -2.0])
    [x] = started(submission, [still])
    optimizer = submission.AdamW([x], **{**case.given, "lr": 0.0})
    [[stayed]] = helper(submission, "optimize", optimizer, [x], [[torch.tensor([3.0, 4.0])]])
    assert_matches(
        stayed,
        still,
        quantity={"en": "x after a step with lr = 0", "zh": "lr = 0 时走一步之后的 x "},
        rtol=0.0,
        atol=0.0,
    )


@graded(
    points=1,
    title={
        "en": "Where the gradient is 0, a step takes the part lr·λ of x away",
        "zh": "梯度为 0 时，每一步使 x 减少其 lr·λ 倍",
    },
)
@given(case=trainings(DECAYING, scales=(0.0,), most_steps=3))
def test_decays_where_the_gradient_is_zero(submission, reference, case):
    before, part = [x.tensor for x in case.run.params], case.options["lr"] * case.options["weight_decay"]
    for step, after in enumerate(trajectory(submission, "AdamW", case), start=1):
        for index, (old, new) in enumerate(zip(before, after, strict=True)):
            expected = old - part * old
            new = tensor(new, f"params[{index}]", shape=tuple(old.shape))
            check(
                torch.allclose(new, expected, **case.close),
                {
                    "en": f"step {step} with a gradient of 0 did not move params[{index}] from x to x − lr·λ·x, "
                    f"with lr·λ = {part:.6g}",
                    "zh": f"梯度为 0 的第 {step} 步没有使 params[{index}] 从 x 变为 x − lr·λ·x，其中 lr·λ = {part:.6g}",
                },
                expected=expected,
                actual=new,
                quantity=f"params[{index}] after step {step}",
            )
        before = after


@graded(
    points=1,
    title={
        "en": "The scale of the gradients does not matter: not to the decay either",
        "zh": "梯度的尺度不影响更新，也不影响衰减",
    },
)
@given(case=trainings(DECAYING, scales=(1.0, 1e-3, 0.0), most_steps=3), share=0.4)
def test_knows_no_scale(submission, reference, case):
    steps = tuple(tuple(enlarged(grad) for grad in grads) for grads in case.run.steps)
    larger = dataclasses.replace(
        case,
        run=dataclasses.replace(case.run, steps=steps),
        options={**case.options, "eps": case.options["eps"] * FACTOR},
    )
    clause = {
        "en": f", with all gradients and eps {FACTOR:g} times as large,",
        "zh": f"（所有梯度与 eps 都放大 {FACTOR:g} 倍）",
    }
    assert_same(
        trajectory(submission, "AdamW", larger),
        trajectory(submission, "AdamW", case),
        **case.close,
        quantity=EachStep(clause),
        otherwise={"en": "with those that are shown", "zh": "用所示的梯度与 eps 时"},
    )


def enlarged(grad):
    """The gradient, FACTOR times as large."""
    return type(grad)(grad.shape, grad.seed, grad.dtype, grad.scale * FACTOR)


@graded(
    points=1,
    title={"en": "The trajectory matches the reference", "zh": "参数的轨迹与参考实现一致"},
)
@given(case=ordinary)
def test_matches_the_reference(submission, reference, case):
    mine, theirs = (trajectory(module, "AdamW", case) for module in (submission, reference))
    assert_matches(mine, theirs, **case.close, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "Parameters without a gradient do not decay, and their averages stay",
        "zh": "没有梯度的参数不衰减，其移动平均也不变",
    },
    needs=["matches_the_reference"],
)
@given(
    case=with_missing | with_missing.map(falls_silent),
    share=0.5,
)
def test_missing_gradients(submission, reference, case):
    mine = trajectory(submission, "AdamW", case)
    assert_missing_gradients_skipped(case, mine)
    assert_matches(mine, trajectory(reference, "AdamW", case), **case.close, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "Each group has its own options, which may change between steps",
        "zh": "每个参数组有自己的超参数，并可在两步之间改变",
    },
    needs=["matches_the_reference"],
)
@given(case=regroupings(OPTIONS, constant=("betas",), most_steps=4), share=0.5)
def test_groups_and_changed_options(submission, reference, case):
    mine, theirs = (regrouped(module, "AdamW", case) for module in (submission, reference))
    assert_matches(mine, theirs, **case.close, quantity=EACH_STEP)


@graded(points=1, title={"en": "Gradients are left alone", "zh": "不改动梯度"})
@given(case=plain, share=0.5)
def test_gradients_are_left_alone(submission, reference, case):
    assert_gradients_left_alone(submission, "AdamW", case)


@graded(
    points=1,
    title={"en": "Training can be resumed from a state_dict", "zh": "训练可以从 state_dict 恢复"},
    needs=["matches_the_reference"],
)
@given(case=halved, share=0.25)
def test_resumes(submission, reference, case):
    assert_resumes(submission, reference, "AdamW", case)


@graded(
    points=1,
    title={
        "en": "A group that joins half-way starts with averages and a t of its own",
        "zh": "中途加入的参数组有自己的移动平均和步数",
    },
    needs=["resumes"],
)
@given(case=halved, share=0.25)
def test_groups_may_join(submission, reference, case):
    assert_parameters_join(submission, reference, "AdamW", case)


@graded(
    star=True,
    title={
        "en": "The closure is called once, with gradients enabled, and its value is returned",
        "zh": "闭包在启用梯度的情况下被调用一次，并返回它的值",
    },
)
@given(case=plain, share=0.25)
def test_closure(submission, reference, case):
    assert_closure(submission, "AdamW", case, expected=trajectory(reference, "AdamW", case))
