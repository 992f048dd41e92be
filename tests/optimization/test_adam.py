"""Properties of adam, from plain to deep.

Ten ways people get it wrong (and some more), and the property that each must fail:

 1. x = x - … or p.data = …: the storage keeps the old values                  → updates_in_place
 2. the gradients are zeroed, or the average *is* the gradient (v = x.grad)    → updates_in_place
 3. betas are not checked, the defaults are PyTorch's (eps=1e-8)               → options
 4. no bias correction, or t counts from 0                                     → steps_have_the_size_of_lr
 5. s averages g instead of g², or the root is missing                         → steps_have_the_size_of_lr
 6. ε inside the root, or added before the correction of s                     → adam_matches_the_reference
 7. one t moved for every parameter, or averages shared by parameters          → adam_matches_the_reference
 8. the corrected averages are stored, so that they are corrected again        → adam_matches_the_reference
 9. t or the averages are kept in float32                                      → adam_matches_the_reference
10. None raises, or counts as a gradient of 0                                  → missing_gradients_are_skipped
11. options are read from self or from group 0, or averages made in __init__   → groups_have_options_of_their_own
12. t or the averages live outside `state`                                     → resumes_from_a_state_dict
13. Yogi's s moves by (1-β₂)|g² - s|, the wrong way, or at g² = s              → yogi_moves_s_slowly
14. Yogi without bias correction (as in the paper), or without a rule of 1-12  → yogi_matches_the_reference
15. the closure runs under no_grad, after the step, twice; its value is lost   → ★ closure

Numbers: honest orders of operations (`lerp_`, s + (1-β₂)(g² - s), lr/(1-β₁ᵗ) outside) differ by rounding relative to the
largest gradient so far, so √ŝ must not forget that one: β₂ is at least 0.5 where gradients of different scale meet.
A β does not change half-way: βᵗ kept as a running product is as right as the t-th power of the newest β.
Yogi's sign is no rounding matter: cases where g² and s nearly meet are left out, except exact ones (powers of 2).
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st

from grader.kit import (
    EACH_STEP,
    Exact,
    Regrouping,
    Training,
    Values,
    assert_closure,
    assert_gradients_left_alone,
    assert_matches,
    assert_missing_gradients_skipped,
    assert_options,
    assert_raises,
    assert_resumes,
    assert_updates_in_place,
    check,
    given,
    graded,
    helper,
    joined,
    regrouped,
    regroupings,
    resumed,
    started,
    tensor,
    trainings,
    trajectory,
    values,
)
from grader.kit.optimizers import falls_silent

EPS = {"Adam": 1e-6, "Yogi": 1e-3}
OPTIONS = {
    "lr": (0.1, 0.01, 1.0),
    "betas": ((0.5, 0.9), (0.9, 0.999), (0.1, 0.99), (0.9, 0.5), (0.99, 0.9), (0.0, 0.99)),
    "eps": (1e-1, 1e-3, 1e-6, 1e-8),
}
FORGETFUL = {**OPTIONS, "betas": ((0.0, 0.0), (0.9, 0.0))}
NO_EPS = {**OPTIONS, "eps": (1e-8,)}
MIXED = (1.0, 1e-6, 1e-3, 1e3, 0.0)


@dataclass(frozen=True)
class Options:
    optimizer: str
    given: dict[str, float | tuple[float, float]]
    legal: bool


@dataclass(frozen=True)
class PowersOfTwo:
    """One gradient per step, whose squares are exact in binary; β₁ = 0."""

    x: Values
    steps: tuple[Exact, ...]
    beta2: float


@dataclass(frozen=True)
class Closing(Training):
    optimizer: str

    def shown(self):
        return {"optimizer": self.optimizer, **super().shown()}


def no_close_call(case):
    """Whether g² and Yogi's s stay so far apart that rounding cannot turn the sign."""
    beta2 = case.options["betas"][1]
    for grads in zip(*case.run.steps, strict=True):
        s = 0.0
        for square in [grad.tensor.numpy() ** 2 for grad in grads if grad is not None]:
            if ((np.abs(square - s) <= 1e-6 * square) & (square > 0)).any():
                return False
            s = s + (1 - beta2) * np.sign(square - s) * square
    return True


@st.composite
def options(draw):
    good = [{}, {"lr": 0.0}, {"betas": (0.0, 0.0)}, {"lr": 1.5, "eps": 0.1}, {"betas": (0.95, 0.5)}]
    bad = [{"lr": -0.1}, {"lr": -1e-6}] + [
        {"betas": pair} for pair in [(1.0, 0.9), (0.9, 1.0), (-0.1, 0.9), (0.9, -0.1), (0.9, 1.5)]
    ]
    legal = draw(st.booleans())
    return Options(draw(st.sampled_from(["Adam", "Yogi"])), draw(st.sampled_from(good if legal else bad)), legal)


@st.composite
def powers_of_two(draw):
    size, count = draw(st.integers(1, 3)), draw(st.integers(2, 5))
    generator = np.random.default_rng(draw(st.integers(0, 2**16)))
    grads = generator.choice([0.5, 1.0, 2.0, 4.0, 8.0], (count, size)) * generator.choice([-1, 1], (count, size))
    steps = tuple(Exact(tuple(row)) for row in grads.tolist())
    return PowersOfTwo(draw(values((size,))), steps, draw(st.sampled_from([0.75, 0.5, 0.0])))


@st.composite
def closings(draw):
    case = draw(plain.filter(no_close_call))
    return Closing(case.run, case.options, draw(st.sampled_from(["Adam", "Yogi"])))


plain = trainings(OPTIONS, most_steps=3)
ordinary = st.one_of(
    trainings(OPTIONS, scales=MIXED, most_steps=4),
    trainings(FORGETFUL, most_steps=3),
    trainings(OPTIONS, dtype="float32", most_steps=3),
)
some_missing = trainings(OPTIONS, scales=MIXED, missing=True, least_steps=2, most_steps=4).filter(
    lambda case: case.every_step_has_a_gradient and no_close_call(case)
)
with_missing = some_missing | some_missing.map(falls_silent)


@graded(
    points=1,
    title={"en": "A step changes the parameters, in place, and nothing else", "zh": "一步更新只就地修改参数，不动别的"},
)
@given(case=st.one_of(plain, trainings(OPTIONS, dtype="float32", most_steps=2)), share=0.4)
def test_updates_in_place(submission, reference, case):
    assert_updates_in_place(submission, "Adam", case)
    assert_gradients_left_alone(submission, "Adam", case)
    moved = trajectory(submission, "Adam", case)[0]
    for i, (x, grad, now) in enumerate(zip(case.run.params, case.run.steps[0], moved, strict=True)):
        lr, moves = case.options["lr"], grad.tensor.abs() >= case.options["eps"]  # by lr/2 at least, if it is Adam
        check(
            not (moves & (tensor(now) == x.tensor)).any(),
            {"en": f"the first step does not move params[{i}], expected a step against the gradient",
             "zh": f"第一步没有使 params[{i}] 移动，应当沿梯度的反方向更新"},
            expected=x.tensor - lr * torch.sign(grad.tensor), actual=now, quantity="the parameter",
        )  # fmt: skip


@graded(points=1, title={"en": "Default, legal and illegal options", "zh": "超参数：默认值、合法值与非法值"})
@given(case=options())
def test_options(submission, reference, case):
    if case.legal:
        defaults = {"lr": 0.001, "betas": (0.9, 0.999), "eps": EPS[case.optimizer]}
        assert_options(submission, case.optimizer, case.given, defaults)
    else:
        params = started(submission, [torch.zeros(2)])
        assert_raises("ValueError", getattr(submission, case.optimizer), params, **case.given)


@graded(
    points=1,
    title={
        "en": "Adam's steps have the size of lr, whatever the scale",
        "zh": "无论梯度的尺度如何，Adam 每步的大小都与学习率相当",
    },
    teaching="says that steps are about lr long whatever the scale of g, where adam_matches_the_reference only shows numbers that differ",
)
@given(case=trainings(NO_EPS, scales=(1.0, 1e-3, 1e3), most_steps=3), share=0.5)
def test_steps_have_the_size_of_lr(submission, reference, case):
    after = trajectory(submission, "Adam", case)
    lr, before = case.options["lr"], [x.tensor for x in case.run.params]
    for t, (now, bound) in enumerate(zip(after, largest_steps(case), strict=True), start=1):
        for i, (old, new) in enumerate(zip(before, now, strict=True)):
            step = tensor(new, f"params[{i}]", shape=tuple(old.shape)) - old
            if t == 1:
                expected = -lr * torch.sign(case.run.steps[0][i].tensor)
                first = {
                    "en": f"the first step of params[{i}], -lr·sign(g),",
                    "zh": f"params[{i}] 的第一步（应为 -lr·sign(g)）",
                }
                assert_matches(step, expected, rtol=0.0, atol=1e-3 * lr, quantity=first)
            worst = float(step.abs().max())
            check(
                step.isfinite().all() and worst <= 1.001 * bound * lr,
                {"en": f"step {t} moves params[{i}] by {worst:.4g}, expected at most {bound:.4g}·lr = {bound * lr:.4g}",
                 "zh": f"第 {t} 步使 params[{i}] 移动了 {worst:.4g}，应不超过 {bound:.4g}·lr = {bound * lr:.4g}"},
                actual=step, quantity="the step",
            )  # fmt: skip
        before = now


def largest_steps(case):
    """The most that |v̂|/√ŝ can be after each step (by Cauchy's inequality: (Σ wᵢgᵢ)² ≤ Σ wᵢ²/uᵢ · Σ uᵢgᵢ²)."""
    beta1, beta2 = case.options["betas"]
    for t in range(1, len(case.run.steps) + 1):
        ages = range(t)
        share = [
            (1 - beta1) * beta1**age / (1 - beta1**t) for age in ages
        ]  # of the gradient that is `age` steps old in v̂
        kept = [(1 - beta2) * beta2**age / (1 - beta2**t) for age in ages]  # of its square in ŝ
        yield math.sqrt(sum(v**2 / s for v, s in zip(share, kept, strict=True)))


@graded(points=1, title={"en": "Adam matches the reference", "zh": "Adam 与参考实现一致"})
@given(case=ordinary)
def test_adam_matches_the_reference(submission, reference, case):
    mine, theirs = (trajectory(module, "Adam", case) for module in (submission, reference))
    assert_matches(mine, theirs, **case.close, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "A parameter without a gradient does not move, and its averages stay",
        "zh": "没有梯度的参数不移动，其移动平均也不变",
    },
    needs=["adam_matches_the_reference"],
)
@given(case=with_missing, share=0.5)
def test_missing_gradients_are_skipped(submission, reference, case):
    mine = trajectory(submission, "Adam", case)
    assert_missing_gradients_skipped(case, mine)
    assert_matches(mine, trajectory(reference, "Adam", case), **case.close, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "Each group has its own options, which may change; other groups may join",
        "zh": "每个参数组有自己的超参数，可中途改变；也可中途加入新的参数组",
    },
    needs=["adam_matches_the_reference"],
)
@given(
    case=regroupings(OPTIONS, constant=("betas",), most_steps=4) | trainings(OPTIONS, least_steps=2, most_steps=2),
    share=0.5,
)
def test_groups_have_options_of_their_own(submission, reference, case):
    if isinstance(case, Regrouping):
        mine, theirs = (regrouped(module, "Adam", case) for module in (submission, reference))
        assert_matches(mine, theirs, **case.close, quantity=EACH_STEP)
        return
    moved, grad = moved_after_joining(submission, case)
    check(
        torch.equal(torch.sign(moved), -torch.sign(grad)),
        {"en": "params[1] joined by add_param_group after the first step, and did not move against its gradient in the "
               "second, expected it to",
         "zh": "params[1] 在第一步之后由 add_param_group 加入，第二步却没有沿梯度的反方向移动"},
        expected=-torch.sign(grad), actual=torch.sign(moved), quantity="sign(Δparams[1])",
    )  # fmt: skip


def moved_after_joining(module, case):
    """By how much params[1] moves in its first step, and its gradient there; how far is the convention's affair."""
    now = joined(module, "Adam", case)[1][1]
    return now - case.run.params[1].tensor, case.run.steps[1][1].tensor


@graded(
    points=1,
    title={
        "en": "A new optimizer that loads the state_dict continues as the old one",
        "zh": "载入 state_dict 的新优化器与原优化器的后续更新一致",
    },
    needs=["adam_matches_the_reference"],
)
@given(case=ordinary, share=0.3)
def test_resumes_from_a_state_dict(submission, reference, case):
    assert_resumes(submission, reference, "Adam", case)


@graded(points=2, title={"en": "Yogi's s moves by (1 - β₂)g² at most", "zh": "Yogi 的 s 每步至多改变 (1 - β₂)g²"})
@given(case=powers_of_two())
def test_yogi_moves_s_slowly(submission, reference, case):
    steps = tuple((grad,) for grad in case.steps)
    params = started(submission, [case.x])
    optimizer = submission.Yogi(params, lr=1.0, betas=(0.0, case.beta2), eps=1e-8)
    x, s = case.x.tensor, torch.zeros(case.x.shape, dtype=torch.float64)
    for t, ((now,), grad) in enumerate(
        zip(helper(submission, "optimize", optimizer, params, steps), case.steps, strict=True), start=1
    ):
        now, square = tensor(now, "x", shape=case.x.shape), grad.tensor**2
        # With β₁ = 0 a step is lr·g/√ŝ: it tells what s is.
        new = (grad.tensor / (x - now)) ** 2 * (1 - case.beta2**t)
        most = (1 - case.beta2) * square
        check(
            ((new - s).abs() <= most + 1e-6 * (s + square)).all(),
            {"en": f"step {t} moves s by more than (1-β₂)g² = {most.tolist()} (s as recovered from the step)",
             "zh": f"第 {t} 步使 s 的改变超过了 (1-β₂)g² = {most.tolist()}（s 由更新量反推得到）"},
            actual=(new - s).abs(), quantity="change of s",
        )  # fmt: skip
        expected = s + torch.sign(square - s) * most
        check(
            ((new - expected).abs() <= 1e-6 * (s + square)).all(),
            {"en": f"step {t} does not move s = {s.tolist()} by (1-β₂)g² towards g² = {square.tolist()} (and not at all where they are equal)",
             "zh": f"第 {t} 步没有使 s = {s.tolist()} 朝 g² = {square.tolist()} 移动 (1-β₂)g²（二者相等处应不动）"},
            expected=expected, actual=new, quantity="s",
        )  # fmt: skip
        x, s = now, expected


@graded(
    points=1,
    title={"en": "Yogi matches the reference, by the same rules", "zh": "Yogi 与参考实现一致，并遵守同样的规则"},
    needs=["missing_gradients_are_skipped", "resumes_from_a_state_dict"],
    teaching="holds Yogi, which many write as a class of its own, to the rules that the others check on Adam alone",
)
@given(case=with_missing, share=0.4)
def test_yogi_matches_the_reference(submission, reference, case):
    mine, theirs = (resumed(module, "Yogi", case) for module in (submission, reference))
    assert_matches(mine, theirs, **case.close, quantity=EACH_STEP)
    assert_gradients_left_alone(submission, "Yogi", case)


@graded(
    star=True,
    title={
        "en": "The closure is called once, with gradients enabled, and its value returned",
        "zh": "闭包在启用梯度的情况下被调用一次，并返回它的值",
    },
)
@given(case=closings(), share=0.25)
def test_closure(submission, reference, case):
    assert_closure(submission, case.optimizer, case, trajectory(reference, case.optimizer, case))
