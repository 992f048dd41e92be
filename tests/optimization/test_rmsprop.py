"""Properties of RMSprop, from plain to deep.

Fourteen ways people get it wrong, and the property that each must fail:

 1. x = x - … or x.data = … instead of an update in place                    → first_step
 2. the root is missing, or one s for the whole tensor                       → first_step
 3. s is corrected as in Adam, or γ and 1 − γ are exchanged                  → first_step, constant_gradient
 4. s ← γs + g² without 1 − γ, or a sum as in AdaGrad                        → first_step, forgets
 5. x moves with the s from before the step                                  → first_step
 6. other defaults than η = 0.01, γ = 0.9 (PyTorch's 0.99), ε = 1e-6         → constant_gradient, matches_the_reference
 7. the gradients are averaged, then squared                                 → matches_the_reference
 8. ε twice, √(s + ε) + ε; s in float32; an s shared by shape                → matches_the_reference
 9. a missing gradient counts as zero: s decays; or it ends the step         → missing_gradients
10. options read once in __init__                                            → groups_and_changed_options
11. averages made in __init__ only, so that parameters cannot join later     → parameters_join
12. gradients zeroed, or squared in place                                    → gradients_are_left_alone
13. averages live in a list of one's own, which state_dict does not know     → resumes
14. no check of lr and gamma (as torch.optim.RMSprop), or one that refuses 0 → refuses_bad_options
15. group["lr"] or 0.01: a rate of 0 is taken for none                       → groups_and_changed_options

Numbers: honest orders of operations (`lerp_`, s + (1−γ)(g² − s)) differ by rounding relative to the largest square so far,
so s must not forget that one altogether: γ is at least 0.1 where gradients of different scale meet, and 0 only where they do
not. Laws that are to hold for ε inside the root and outside take gradients so large, or an ε so small, that it does not matter.

What a change of γ does to an average half-way is a question of its own: that gamma is read from the group is a star.
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

LATER = 30
"""After so many steps at γ ≤ 0.5, a gradient that was up to 300 times as large counts no more."""


@dataclass(frozen=True)
class Repeated:
    """One parameter that has the same gradient in every step."""

    x: Values
    gradient: Values
    steps: int


@dataclass(frozen=True)
class Shock:
    """A large gradient in the first step, and the same ordinary one in all later steps."""

    x: Values
    large: Values
    gradient: Values
    lr: float
    gamma: float

    @property
    def options(self):
        return {"lr": self.lr, "gamma": self.gamma, "eps": 1e-8}

    def shown(self):
        return {
            "x": self.x, "gradients[0]": self.large, f"gradients[1] = … = gradients[{LATER}]": self.gradient, **self.options
        }  # fmt: skip


@dataclass(frozen=True)
class Options:
    lr: float
    gamma: float


LRS = (0.1, 0.01, 0.5, 1.0)
GAMMAS = (0.9, 0.5, 0.99, 0.1)
EPS = (1e-6, 1e-8, 1e-3, 1e-1)
OPTIONS = {"lr": LRS, "gamma": GAMMAS, "eps": EPS}
ZERO_TOO = {**OPTIONS, "gamma": (*GAMMAS, 0.0)}


@st.composite
def repetitions(draw):
    run = draw(optimizer_runs(most_steps=1, scales=(10.0,)))
    return Repeated(run.params[0], run.steps[0][0], draw(st.integers(1, 6)))


@st.composite
def shocks(draw):
    run = draw(optimizer_runs(least_steps=2, most_steps=2))
    first, then = (step[0] for step in run.steps)
    large = Values(first.shape, first.seed, scale=10.0)
    return Shock(run.params[0], large, then, draw(st.sampled_from(LRS)), draw(st.sampled_from((0.5, 0.25, 0.0))))


@st.composite
def grouped(draw):
    """Groups with their own lr and eps, and one gamma for all (see above)."""
    gamma = draw(st.sampled_from(ZERO_TOO["gamma"]))
    return draw(regroupings({"lr": LRS, "eps": EPS, "gamma": (gamma,)}))


def firsts(dtype):
    options = {"lr": LRS, "gamma": ZERO_TOO["gamma"], "eps": (1e-10,)}
    return trainings(options, dtype=dtype, scales=(10.0, 1e3), most_steps=2)


mixed = trainings(OPTIONS, scales=(1.0, 1e-6, 1e-3, 1e3, 0.0))
ordinary = trainings(ZERO_TOO)
several = trainings(ZERO_TOO, least_steps=2)
with_missing = trainings(OPTIONS, scales=(1.0, 1e-3, 0.0), missing=True, least_steps=2)
small = trainings(OPTIONS, scales=(1e-3, 1e-6))
by_default = trainings({"lr": LRS}, scales=(1e-3, 1.0))
single = trainings(OPTIONS, dtype="float32")


@graded(
    points=1,
    title={
        "en": "The first step is η/√(1 − γ) in every coordinate, against the gradient, in place",
        "zh": "第一步在每个坐标上都逆着梯度就地移动 η/√(1 − γ)",
    },
)
@given(case=firsts("float64") | firsts("float32"), share=0.5)
def test_first_step(submission, reference, case):
    assert_updates_in_place(submission, "RMSprop", case)
    length = case.options["lr"] / (1 - case.options["gamma"]) ** 0.5
    xs = [x.tensor for x in case.run.params]
    moved = [x - length * torch.sign(g.tensor) for x, g in zip(xs, case.run.steps[0], strict=True)]
    assert_matches(
        trajectory(submission, "RMSprop", case)[0],
        moved,
        rtol=1e-5,
        atol=1e-5,
        quantity=EachStep({"en": ", x − η·sign(g)/√(1 − γ),", "zh": "（应为 x − η·sign(g)/√(1 − γ)）"}, step=1),
    )


@graded(
    points=1,
    title={
        "en": "With the same gradient again and again the steps settle at η",
        "zh": "梯度始终相同时步长逐渐趋于 η",
    },
)
@given(case=repetitions())
def test_constant_gradient(submission, reference, case):
    [x] = params = started(submission, [case.x])
    mine = helper(submission, "optimize", submission.RMSprop([x]), params, [[case.gradient]] * case.steps)
    for count, ([old], [new]) in enumerate(itertools.pairwise([[case.x.tensor], *mine]), start=1):
        length = 0.01 / (1 - 0.9**count) ** 0.5
        expected = -length * torch.sign(case.gradient.tensor)
        moved = tensor(new, "x", shape=case.x.shape) - old
        check(
            torch.allclose(moved, expected, rtol=1e-4, atol=1e-9),
            {
                "en": f"step {count} with the same gradient g did not move x by −η·sign(g)/√(1 − γ^{count}) = "
                f"{-length:.6g}·sign(g), with the defaults η = 0.01, γ = 0.9 and ε = 1e-6",
                "zh": f"在梯度 g 始终相同的第 {count} 步，x 的移动不等于 −η·sign(g)/√(1 − γ^{count}) = "
                f"{-length:.6g}·sign(g)，其中取默认值 η = 0.01、γ = 0.9、ε = 1e-6",
            },
            expected=expected,
            actual=moved,
            quantity=f"x after step {count} minus x before it",
        )


@graded(
    points=1,
    title={"en": "A large gradient is forgotten: the steps are η again", "zh": "大的梯度会被遗忘：步长又回到 η"},
    teaching="the law that sets RMSProp apart from AdaGrad, in one number and without a reference",
)
@given(case=shocks(), share=0.3)
def test_forgets(submission, reference, case):
    params = started(submission, [case.x])
    optimizer = submission.RMSprop(params, **case.options)
    steps = [[case.large]] + [[case.gradient]] * LATER
    [[before], [after]] = helper(submission, "optimize", optimizer, params, steps)[-2:]
    moved, expected = tensor(after, "x", shape=case.x.shape) - before, -case.lr * torch.sign(case.gradient.tensor)
    check(
        torch.allclose(moved, expected, rtol=1e-3, atol=1e-9),
        {
            "en": f"{LATER} steps after a large gradient, with the same ordinary gradient in all of them, x does not move by "
            f"−η·sign(g) = {-case.lr:g}·sign(g): the large one should be forgotten",
            "zh": f"大的梯度过去 {LATER} 步之后（其间梯度始终是同一个普通的 g），x 的移动不等于 "
            f"−η·sign(g) = {-case.lr:g}·sign(g)：大的梯度早该被遗忘",
        },
        expected=expected,
        actual=moved,
        quantity="the last move",
    )


@graded(points=1, title={"en": "The trajectory matches the reference", "zh": "参数的轨迹与参考实现一致"})
@given(case=mixed | ordinary | small | by_default | single)
def test_matches_the_reference(submission, reference, case):
    mine, theirs = (trajectory(module, "RMSprop", case) for module in (submission, reference))
    assert_matches(mine, theirs, **case.close, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "Parameters without a gradient stay, and so do their averages",
        "zh": "没有梯度的参数不动，其 s 也不变",
    },
    needs=["matches_the_reference"],
)
@given(case=with_missing | with_missing.map(falls_silent), share=0.5)
def test_missing_gradients(submission, reference, case):
    mine = trajectory(submission, "RMSprop", case)
    assert_missing_gradients_skipped(case, mine)
    assert_matches(mine, trajectory(reference, "RMSprop", case), **case.close, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "Each group has its own lr and eps, which may change between steps",
        "zh": "每个参数组有自己的 lr 和 eps，并可在两步之间改变",
    },
    needs=["matches_the_reference"],
)
@given(case=grouped(), share=0.5)
def test_groups_and_changed_options(submission, reference, case):
    mine, theirs = (regrouped(module, "RMSprop", case) for module in (submission, reference))
    assert_matches(mine, theirs, **case.close, quantity=EACH_STEP)


@graded(
    points=1,
    title={"en": "Parameters may join later, by add_param_group", "zh": "参数可以中途通过 add_param_group 加入"},
    needs=["matches_the_reference"],
)
@given(case=several, share=0.3)
def test_parameters_join(submission, reference, case):
    assert_parameters_join(submission, reference, "RMSprop", case)


@graded(points=1, title={"en": "Gradients are left alone", "zh": "不改动梯度"})
@given(case=mixed, share=0.5)
def test_gradients_are_left_alone(submission, reference, case):
    assert_gradients_left_alone(submission, "RMSprop", case)


@graded(
    points=1,
    title={"en": "Training can be resumed from a state_dict", "zh": "训练可以从 state_dict 恢复"},
    needs=["matches_the_reference"],
)
@given(case=several, share=0.3)
def test_resumes(submission, reference, case):
    assert_resumes(submission, reference, "RMSprop", case)


@graded(
    points=1,
    title={
        "en": "Bad options raise ValueError; lr = 0 and gamma = 0 are fine",
        "zh": "不合法的超参数抛出 ValueError；lr = 0 与 gamma = 0 合法",
    },
)
@given(
    case=st.sampled_from(
        [Options(*pair) for pair in [(-0.1, 0.9), (-1e-6, 0.0), (0.1, -0.1), (0.1, 1.0), (0.1, 1.5), (0.0, -1e-6)]]
    )
)
def test_refuses_bad_options(submission, reference, case):
    [x] = started(submission, [torch.tensor([1.0, -2.0])])
    still = submission.RMSprop([x], lr=0.0, gamma=0.0)
    [[stayed]] = helper(submission, "optimize", still, [x], [[torch.tensor([3.0, 4.0])]])
    assert_matches(
        stayed,
        torch.tensor([1.0, -2.0]),
        quantity={"en": "x after a step with lr = 0", "zh": "lr = 0 时走一步之后的 x "},
    )
    assert_raises("ValueError", submission.RMSprop, [x], lr=case.lr, gamma=case.gamma)


@graded(
    star=True,
    title={"en": "gamma too is an option of the group", "zh": "gamma 也是参数组的超参数"},
    needs=["groups_and_changed_options"],
    teaching="what a change of γ half-way does to the average; the points are for lr and eps, which schedules change",
)
@given(case=regroupings(ZERO_TOO), share=0.4)
def test_gamma_of_the_group(submission, reference, case):
    mine, theirs = (regrouped(module, "RMSprop", case) for module in (submission, reference))
    assert_matches(mine, theirs, **case.close, quantity=EACH_STEP)


@graded(
    star=True,
    title={
        "en": "The closure is called once, with gradients enabled, and its value is returned",
        "zh": "闭包在启用梯度的情况下被调用一次，并返回它的值",
    },
)
@given(case=trainings(OPTIONS), share=0.25)
def test_closure(submission, reference, case):
    assert_closure(submission, "RMSprop", case, expected=trajectory(reference, "RMSprop", case))
