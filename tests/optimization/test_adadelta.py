"""Properties of Adadelta, from plain to deep.

Fifteen ways people get it wrong, and the property that each must fail:

 1. x = x - … or x.data = … instead of an update in place                    → first_step
 2. no ε above, so that nothing ever moves; ε outside the roots              → first_step
 3. the ratio upside down, or its root missing                               → first_step, scale_of_gradients
 4. s is a sum, or ρ and 1 − ρ are exchanged                                 → first_step
 5. s from before the step                                                   → first_step
 6. lr enters Δ: its average is of (lr·g′)²                                  → learning_rate
 7. another default than lr = 1                                              → learning_rate
 8. Δ is never updated, averages g² or g′ instead of g′²; other ρ, ε         → matches_the_reference
 9. averages in float32, or shared by shape                                  → matches_the_reference
10. a missing gradient counts as zero: s and Δ decay; or it ends the step    → missing_gradients
11. options read once in __init__                                            → groups_and_changed_options
12. averages made in __init__ only, so that parameters cannot join later     → parameters_join
13. gradients zeroed, or rescaled in place                                   → gradients_are_left_alone
14. Δ (or both averages) lives where state_dict does not find it             → resumes
15. no check of rho and lr (PyTorch allows ρ = 1), or one that refuses 0     → refuses_bad_options

Numbers: honest orders of operations (`lerp_`, s + (1−ρ)(g² − s)) differ by rounding relative to the largest square so far,
so s must not forget that one altogether: ρ is at least 0.1 where gradients of different scale meet, and 0 only where they do
not. Δ is never far below ε, so it is harmless.
"""

import dataclasses
from dataclasses import dataclass

import torch
from hypothesis import strategies as st

from grader.kit import (
    EACH_STEP,
    assert_closure,
    assert_gradients_left_alone,
    assert_matches,
    assert_missing_gradients_skipped,
    assert_parameters_join,
    assert_raises,
    assert_resumes,
    assert_same,
    assert_updates_in_place,
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


@dataclass(frozen=True)
class Options:
    rho: float
    lr: float


LRS = (1.0, 0.1, 0.5, 2.0)
RHOS = (0.9, 0.5, 0.99, 0.1)
EPS = (1e-5, 1e-8, 1e-3, 1e-1)
OPTIONS = {"lr": LRS, "rho": RHOS, "eps": EPS}
ZERO_TOO = {**OPTIONS, "rho": (*RHOS, 0.0)}


def firsts(dtype):
    return trainings(ZERO_TOO, dtype=dtype, scales=(1.0, 1e-3, 1e3), most_steps=2)


mixed = trainings(OPTIONS, scales=(1.0, 1e-6, 1e-3, 1e3, 0.0))
ordinary = trainings(ZERO_TOO)
several = trainings(ZERO_TOO, least_steps=2)
with_missing = trainings(OPTIONS, scales=(1.0, 1e-3, 0.0), missing=True, least_steps=2)
small = trainings(OPTIONS, scales=(1e-3, 1e-6))
by_default = trainings({"lr": LRS}, scales=(1e-2, 1.0))
single = trainings(OPTIONS, dtype="float32")


@graded(
    points=1,
    title={
        "en": "The first step is lr·√ε·g/√((1 − ρ)g² + ε), in place",
        "zh": "第一步就地移动 lr·√ε·g/√((1 − ρ)g² + ε)",
    },
)
@given(case=firsts("float64") | firsts("float32"), share=0.5)
def test_first_step(submission, reference, case):
    assert_updates_in_place(submission, "Adadelta", case)
    rho, eps, lr = (case.options[name] for name in ("rho", "eps", "lr"))
    xs, gs = [x.tensor for x in case.run.params], [g.tensor for g in case.run.steps[0]]
    moved = [x - lr * eps**0.5 * g / torch.sqrt((1 - rho) * g**2 + eps) for x, g in zip(xs, gs, strict=True)]
    assert_matches(
        trajectory(submission, "Adadelta", case)[0],
        moved,
        **case.close,
        quantity=EachStep(step=1),
    )


@graded(
    points=1,
    title={
        "en": "The scale of a coordinate's gradients makes no difference",
        "zh": "各坐标梯度的尺度不影响更新",
    },
    teaching="the law that no learning rate is needed: steps of √ε's size in whatever units the loss is measured",
)
@given(case=trainings({"rho": (0.9, 0.5, 0.1, 0.0), "eps": (1e-10,)}), share=0.4)
def test_scale_of_gradients(submission, reference, case):
    steps = [[units(g, index) * g.tensor for index, g in enumerate(step)] for step in case.run.steps]
    params = started(submission, case.run.params)
    rescaled = helper(submission, "optimize", submission.Adadelta(params, **case.options), params, steps)
    for count, (mine, plain) in enumerate(
        zip(rescaled, trajectory(submission, "Adadelta", case), strict=True), start=1
    ):
        for index, (x, one, other) in enumerate(zip(case.run.params, mine, plain, strict=True)):
            moved, expected = (tensor(now, f"params[{index}]", shape=x.shape) - x.tensor for now in (one, other))
            assert_same(
                moved,
                expected,
                rtol=1e-3,
                atol=1e-8,
                quantity={
                    "en": f"with the gradients of entry i of params[{index}] multiplied by 10^((i+{index}) mod 4), "
                    f"the way that it has moved after {count} steps",
                    "zh": f"把 params[{index}] 第 i 个元素的梯度都乘以 10^((i+{index}) mod 4) 后，它在 {count} 步中的总位移",
                },
                otherwise={
                    "en": "with those that are shown (ε is far below g²)",
                    "zh": "用所示的梯度时（ε 远小于 g²）",
                },
            )


def units(gradient, index):
    """A power of ten for every entry, between 1 and 1000."""
    entries = torch.arange(gradient.tensor.numel()).reshape(gradient.shape)
    return 10.0 ** ((entries + index) % 4).double()


@graded(
    points=1,
    title={
        "en": "lr, by default 1, only stretches the path",
        "zh": "lr（默认为 1）只是按比例拉长整条轨迹",
    },
)
@given(case=ordinary, share=0.5)
def test_learning_rate(submission, reference, case):
    lr = case.options["lr"]
    without = dataclasses.replace(case, options={"rho": case.options["rho"], "eps": case.options["eps"]})
    shapes = [x.shape for x in case.run.params]
    plain = [
        [x.tensor + lr * (tensor(now, shape=shape) - x.tensor) for x, now, shape in zip(case.run.params, after, shapes, strict=True)]
        for after in trajectory(submission, "Adadelta", without)
    ]  # fmt: skip
    assert_same(
        trajectory(submission, "Adadelta", case),
        plain,
        **case.close,
        quantity=EachStep({"en": f" with lr = {lr:g}", "zh": f"（lr = {lr:g}）"}),
        otherwise={
            "en": f"when {lr:g} times as far from the start as without an lr",
            "zh": f"不给 lr 时的位移乘以 {lr:g}，得到的",
        },
    )


@graded(points=1, title={"en": "The trajectory matches the reference", "zh": "参数的轨迹与参考实现一致"})
@given(case=mixed | ordinary | small | by_default | single)
def test_matches_the_reference(submission, reference, case):
    mine, theirs = (trajectory(module, "Adadelta", case) for module in (submission, reference))
    assert_matches(mine, theirs, **case.close, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "Parameters without a gradient stay, and so do their averages",
        "zh": "没有梯度的参数不动，其 s 与 Δ 也不变",
    },
    needs=["matches_the_reference"],
)
@given(case=with_missing | with_missing.map(falls_silent), share=0.5)
def test_missing_gradients(submission, reference, case):
    mine = trajectory(submission, "Adadelta", case)
    assert_missing_gradients_skipped(case, mine)
    assert_matches(mine, trajectory(reference, "Adadelta", case), **case.close, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "Each group has its own options, which may change between steps",
        "zh": "每个参数组有自己的超参数，并可在两步之间改变",
    },
    needs=["matches_the_reference"],
)
@given(case=regroupings(ZERO_TOO), share=0.5)
def test_groups_and_changed_options(submission, reference, case):
    mine, theirs = (regrouped(module, "Adadelta", case) for module in (submission, reference))
    assert_matches(mine, theirs, **case.close, quantity=EACH_STEP)


@graded(
    points=1,
    title={"en": "Parameters may join later, by add_param_group", "zh": "参数可以中途通过 add_param_group 加入"},
    needs=["matches_the_reference"],
)
@given(case=several, share=0.3)
def test_parameters_join(submission, reference, case):
    assert_parameters_join(submission, reference, "Adadelta", case)


@graded(points=1, title={"en": "Gradients are left alone", "zh": "不改动梯度"})
@given(case=mixed, share=0.5)
def test_gradients_are_left_alone(submission, reference, case):
    assert_gradients_left_alone(submission, "Adadelta", case)


@graded(
    points=1,
    title={"en": "Training can be resumed from a state_dict", "zh": "训练可以从 state_dict 恢复"},
    needs=["matches_the_reference"],
)
@given(case=several, share=0.3)
def test_resumes(submission, reference, case):
    assert_resumes(submission, reference, "Adadelta", case)


@graded(
    points=1,
    title={
        "en": "Bad options raise ValueError; lr = 0 and rho = 0 are fine",
        "zh": "不合法的超参数抛出 ValueError；lr = 0 与 rho = 0 合法",
    },
)
@given(
    case=st.sampled_from(
        [Options(*pair) for pair in [(0.9, -0.1), (0.0, -1e-6), (-0.1, 0.1), (1.0, 0.1), (1.5, 1.0), (-1e-6, 0.0)]]
    )
)
def test_refuses_bad_options(submission, reference, case):
    [x] = started(submission, [torch.tensor([1.0, -2.0])])
    still = submission.Adadelta([x], rho=0.0, lr=0.0)
    [[stayed]] = helper(submission, "optimize", still, [x], [[torch.tensor([3.0, 4.0])]])
    assert_matches(
        stayed,
        torch.tensor([1.0, -2.0]),
        quantity={"en": "x after a step with lr = 0", "zh": "lr = 0 时走一步之后的 x "},
    )
    assert_raises("ValueError", submission.Adadelta, [x], rho=case.rho, lr=case.lr)


@graded(
    star=True,
    title={
        "en": "The closure is called once, with gradients enabled, and its value is returned",
        "zh": "闭包在启用梯度的情况下被调用一次，并返回它的值",
    },
)
@given(case=trainings(OPTIONS), share=0.25)
def test_closure(submission, reference, case):
    assert_closure(submission, "Adadelta", case, expected=trajectory(reference, "Adadelta", case))
