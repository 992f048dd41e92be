"""Properties of Adagrad, from plain to deep.

Twelve ways people get it wrong, and the property that each must fail:

 1. x = x - … or x.data = … instead of an update in place                    → first_step
 2. the root is missing, or one s (a norm) for the whole tensor              → first_step, scale_of_gradients
 3. the squares are forgotten, or averaged as in RMSProp                     → constant_gradient
 4. x moves with the s from before the step                                  → first_step
 5. other defaults than η = 0.01, ε = 1e-6                                   → constant_gradient, matches_the_reference
 6. ε twice, √(s + ε) + ε; s in float32; an s shared by shape                → matches_the_reference
 7. the first missing gradient ends the step                                 → missing_gradients
 8. options read once in __init__; ε put into s at the start                 → groups_and_changed_options
 9. sums made in __init__ only, so that parameters cannot join later         → parameters_join
10. gradients zeroed, or squared in place                                    → gradients_are_left_alone
11. sums live in a list of one's own, which state_dict does not know         → resumes
12. no check of lr, or one that refuses lr = 0                               → refuses_bad_options
13. a group with lr = 0 is left out, and s misses its gradients              → groups_and_changed_options

Numbers: s only grows, so orders of operations agree to rounding even where the gradients are 1e3 now and 1e-6 then. A
gradient of None and one of 0 do the same here, nothing: treating the one as the other is right. Laws that are to hold for ε
inside the root and outside take gradients so large, or an ε so small, that it does not matter.
"""

import itertools
from dataclasses import dataclass

import torch
from hypothesis import strategies as st

from grader.kit import (
    EACH_STEP,
    Values,
    assert_closure,
    assert_gradients_left_alone,
    assert_matches,
    assert_missing_gradients_skipped,
    assert_parameters_join,
    assert_raises,
    assert_resumes,
    assert_same,
    assert_updates_in_place,
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


@dataclass(frozen=True)
class Repeated:
    """One parameter that has the same gradient in every step."""

    x: Values
    gradient: Values
    steps: int


@dataclass(frozen=True)
class Options:
    lr: float


LRS = (0.1, 0.01, 0.5, 1.0)
EPS = (1e-6, 1e-8, 1e-3, 1e-1)
MIXED = (1.0, 1e-6, 1e-3, 1e3, 0.0)
OPTIONS = {"lr": LRS, "eps": EPS}


@st.composite
def repetitions(draw):
    run = draw(optimizer_runs(most_steps=1, scales=(10.0,)))
    return Repeated(run.params[0], run.steps[0][0], draw(st.integers(1, 6)))


def firsts(dtype):
    return trainings({"lr": LRS, "eps": (1e-8,)}, dtype=dtype, scales=(1.0, 1e3), most_steps=2)


ordinary = trainings(OPTIONS, scales=MIXED)
several = trainings(OPTIONS, scales=(1.0, 1e-3), least_steps=2)
with_missing = trainings(OPTIONS, scales=(1.0, 1e-3, 0.0), missing=True, least_steps=2)
small = trainings(OPTIONS, scales=(1e-3, 1e-6))
by_default = trainings({"lr": LRS}, scales=(1e-3, 1.0))
single = trainings(OPTIONS, dtype="float32")


@graded(
    points=1,
    title={
        "en": "The first step is η in every coordinate, against the gradient, in place",
        "zh": "第一步在每个坐标上都逆着梯度就地移动 η",
    },
)
@given(case=firsts("float64") | firsts("float32"), share=0.5)
def test_first_step(submission, reference, case):
    assert_updates_in_place(submission, "Adagrad", case)
    lr, xs = case.options["lr"], [x.tensor for x in case.run.params]
    moved = [x - lr * torch.sign(g.tensor) for x, g in zip(xs, case.run.steps[0], strict=True)]
    assert_matches(
        trajectory(submission, "Adagrad", case)[0],
        moved,
        rtol=1e-5,
        atol=1e-5,
        quantity=EachStep({"en": ", x − η·sign(g),", "zh": "（应为 x − η·sign(g)）"}, step=1),
    )


@graded(
    points=1,
    title={
        "en": "With the same gradient again and again the steps shrink as η/√t",
        "zh": "梯度始终相同时步长按 η/√t 缩小",
    },
)
@given(case=repetitions())
def test_constant_gradient(submission, reference, case):
    [x] = params = started(submission, [case.x])
    mine = helper(submission, "optimize", submission.Adagrad([x]), params, [[case.gradient]] * case.steps)
    for count, ([old], [new]) in enumerate(itertools.pairwise([[case.x.tensor], *mine]), start=1):
        expected = -0.01 * torch.sign(case.gradient.tensor) / count**0.5
        moved = tensor(new, "x", shape=case.x.shape) - old
        check(
            torch.allclose(moved, expected, rtol=1e-4, atol=1e-9),
            {
                "en": f"step {count} with the same gradient g did not move x by −η·sign(g)/√{count} = "
                f"{-0.01 / count**0.5:.6g}·sign(g), with the defaults η = 0.01 and ε = 1e-6",
                "zh": f"在梯度 g 始终相同的第 {count} 步，x 的移动不等于 −η·sign(g)/√{count} = "
                f"{-0.01 / count**0.5:.6g}·sign(g)，其中取默认值 η = 0.01、ε = 1e-6",
            },
            expected=expected,
            actual=moved,
            quantity=f"x after step {count} minus x before it",
        )


@graded(
    points=1,
    title={
        "en": "The scale of a coordinate's gradients makes no difference",
        "zh": "各坐标梯度的尺度不影响更新",
    },
    teaching="the law that AdaGrad is for, each coordinate in its own units; shows it without a reference",
)
@given(case=trainings({"lr": LRS, "eps": (1e-20,)}), share=0.4)
def test_scale_of_gradients(submission, reference, case):
    steps = [[units(g, index) * g.tensor for index, g in enumerate(step)] for step in case.run.steps]
    params = started(submission, case.run.params)
    rescaled = helper(submission, "optimize", submission.Adagrad(params, **case.options), params, steps)
    clause = {
        "en": ", with the gradients of entry i of params[j] multiplied by 10^((i+j) mod 7 − 3),",
        "zh": "（params[j] 第 i 个元素的梯度都乘以 10^((i+j) mod 7 − 3)）",
    }
    assert_same(
        rescaled,
        trajectory(submission, "Adagrad", case),
        **case.close,
        quantity=EachStep(clause),
        otherwise={"en": "with those that are shown", "zh": "用所示的梯度时"},
    )


def units(gradient, index):
    """A power of ten for every entry, between 1e-3 and 1e3."""
    entries = torch.arange(gradient.tensor.numel()).reshape(gradient.shape)
    return 10.0 ** ((entries + index) % 7 - 3).double()


@graded(points=1, title={"en": "The trajectory matches the reference", "zh": "参数的轨迹与参考实现一致"})
@given(case=ordinary | small | by_default | single)
def test_matches_the_reference(submission, reference, case):
    mine, theirs = (trajectory(module, "Adagrad", case) for module in (submission, reference))
    assert_matches(mine, theirs, **case.close, quantity=EACH_STEP)


@graded(
    points=1,
    title={"en": "Parameters without a gradient stay, and so do their sums", "zh": "没有梯度的参数不动，其 s 也不变"},
    needs=["matches_the_reference"],
)
@given(case=with_missing | with_missing.map(falls_silent), share=0.5)
def test_missing_gradients(submission, reference, case):
    mine = trajectory(submission, "Adagrad", case)
    assert_missing_gradients_skipped(case, mine)
    assert_matches(mine, trajectory(reference, "Adagrad", case), **case.close, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "Each group has its own options, which may change between steps",
        "zh": "每个参数组有自己的超参数，并可在两步之间改变",
    },
    needs=["matches_the_reference"],
)
@given(case=regroupings(OPTIONS, scales=(1.0, 1e-3)), share=0.5)
def test_groups_and_changed_options(submission, reference, case):
    mine, theirs = (regrouped(module, "Adagrad", case) for module in (submission, reference))
    assert_matches(mine, theirs, **case.close, quantity=EACH_STEP)


@graded(
    points=1,
    title={"en": "Parameters may join later, by add_param_group", "zh": "参数可以中途通过 add_param_group 加入"},
    needs=["matches_the_reference"],
)
@given(case=several, share=0.3)
def test_parameters_join(submission, reference, case):
    assert_parameters_join(submission, reference, "Adagrad", case)


@graded(points=1, title={"en": "Gradients are left alone", "zh": "不改动梯度"})
@given(case=ordinary, share=0.5)
def test_gradients_are_left_alone(submission, reference, case):
    assert_gradients_left_alone(submission, "Adagrad", case)


@graded(
    points=1,
    title={"en": "Training can be resumed from a state_dict", "zh": "训练可以从 state_dict 恢复"},
    needs=["matches_the_reference"],
)
@given(case=several, share=0.3)
def test_resumes(submission, reference, case):
    assert_resumes(submission, reference, "Adagrad", case)


@graded(
    points=1,
    title={"en": "A negative lr raises ValueError; lr = 0 is fine", "zh": "负的 lr 抛出 ValueError；lr = 0 合法"},
)
@given(case=st.sampled_from([Options(-0.1), Options(-1e-6), Options(-5.0)]))
def test_refuses_bad_options(submission, reference, case):
    [x] = started(submission, [torch.tensor([1.0, -2.0])])
    still = submission.Adagrad([x], lr=0.0)
    [[stayed]] = helper(submission, "optimize", still, [x], [[torch.tensor([3.0, 4.0])]])
    assert_matches(
        stayed,
        torch.tensor([1.0, -2.0]),
        quantity={"en": "x after a step with lr = 0", "zh": "lr = 0 时走一步之后的 x "},
    )
    assert_raises("ValueError", submission.Adagrad, [x], lr=case.lr)


@graded(
    star=True,
    title={
        "en": "The closure is called once, with gradients enabled, and its value is returned",
        "zh": "闭包在启用梯度的情况下被调用一次，并返回它的值",
    },
)
@given(case=trainings(OPTIONS), share=0.25)
def test_closure(submission, reference, case):
    assert_closure(submission, "Adagrad", case, expected=trajectory(reference, "Adagrad", case))
