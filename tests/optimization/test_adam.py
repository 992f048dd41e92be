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
Yogi's sign is no rounding matter: cases where g² and s nearly meet are left out, except exact ones (powers of 2).
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st

from grader.kit import (
    Exact,
    Values,
    assert_matches,
    assert_raises,
    check,
    given,
    graded,
    helper,
    number,
    tensor,
    values,
)

SHAPES = [((1,), (1,)), ((2,), (2,)), ((3, 2), (3, 2)), ((2,), (1, 3), (2,))]  # equal ones: state kept by shape fails
BETAS = [(0.5, 0.9), (0.9, 0.999), (0.1, 0.99), (0.9, 0.5), (0.99, 0.9)]
SCALES = [(1.0,), (1e-6,), (1e-3, 1.0, 0.0), (1e-6, 1e-3, 1.0, 1e3, 0.0)]
PRECISE = {"float64": {"rtol": 1e-9, "atol": 1e-12}, "float32": {"rtol": 1e-4, "atol": 1e-5}}


RETURNED = {"en": "what step(closure) returns", "zh": "step(closure) 的返回值"}


@dataclass(frozen=True)
class Run:
    """For each step one gradient (or None) per parameter."""

    params: tuple[Values, ...]
    steps: tuple[tuple[Values | None, ...], ...]
    lr: float
    betas: tuple[float, float]
    eps: float

    @property
    def tolerance(self):
        return PRECISE[self.params[0].dtype]

    @property
    def options(self):
        return {"lr": self.lr, "betas": self.betas, "eps": self.eps}


@dataclass(frozen=True)
class Options:
    optimizer: str
    given: dict[str, float | tuple[float, float]]
    legal: bool


@dataclass(frozen=True)
class Groups:
    """Every parameter is a group of its own; after some steps an option of one group is changed."""

    run: Run
    groups: tuple[dict[str, float | tuple[float, float]], ...]
    changed: int
    later: dict[str, float]
    after: int

    def shown(self):
        return {
            **vars(self.run), "groups": self.groups, f"groups[{self.changed}] after {self.after} steps": self.later
        }  # fmt: skip


@dataclass(frozen=True)
class PowersOfTwo:
    """One gradient per step, whose squares are exact in binary; β₁ = 0."""

    x: Values
    steps: tuple[Exact, ...]
    beta2: float


@dataclass(frozen=True)
class Closing:
    optimizer: str
    x: Values
    grad: Values


@st.composite
def runs(
    draw,
    dtypes=("float64",),
    shapes=SHAPES,
    scales=SCALES,
    betas=BETAS,
    eps=(1e-1, 1e-3, 1e-6, 1e-8),
    longest=4,
    missing=0.0,
):
    shapes, count = draw(st.sampled_from(shapes)), draw(st.integers(2, longest))
    dtype, pool, pair = draw(st.sampled_from(dtypes)), draw(st.sampled_from(scales)), draw(st.sampled_from(betas))
    generator = np.random.default_rng(draw(st.integers(0, 2**16)))
    pool = pool if pair[1] else pool[:1]
    n = len(shapes)
    seeds = generator.integers(2**16, size=(count + 1, n)).tolist()
    chosen = generator.integers(len(pool), size=(count, n)).tolist()
    absent = generator.random((count, n)) < missing
    absent[np.arange(count), generator.integers(n, size=count)] = False  # a step without any gradient is no step
    absent = absent.tolist()
    steps = tuple(
        tuple(None if absent[t][i] else Values(shapes[i], seeds[t][i], dtype, pool[chosen[t][i]]) for i in range(n))
        for t in range(count)
    )
    params = tuple(Values(shapes[i], seeds[count][i], dtype) for i in range(n))
    return Run(params, steps, draw(st.sampled_from([0.1, 0.01, 1.0])), pair, draw(st.sampled_from(eps)))


def no_close_call(run):
    """Whether g² and Yogi's s stay so far apart that rounding cannot turn the sign."""
    beta2 = run.betas[1]
    for grads in zip(*run.steps, strict=True):
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
def groups(draw):
    run = draw(runs(shapes=SHAPES[:3], scales=[(1.0,), (1e-2, 1.0, 10.0)], longest=3))
    own = [{}, {"lr": 0.5}, {"betas": (0.5, 0.75)}, {"eps": 0.5}, {"lr": 0.02, "betas": (0.1, 0.99), "eps": 0.3}]
    first = draw(st.integers(0, len(own) - 1))  # the groups that follow take the options that follow: no two alike
    return Groups(
        run, tuple(own[(first + i) % len(own)] for i in range(len(run.params))),
        draw(st.integers(0, 1)), draw(st.sampled_from([{"lr": 0.0}, {"lr": 0.3}, {"eps": 0.2}])),
        draw(st.integers(1, len(run.steps) - 1)),
    )  # fmt: skip


@st.composite
def powers_of_two(draw):
    size, count = draw(st.integers(1, 3)), draw(st.integers(2, 5))
    generator = np.random.default_rng(draw(st.integers(0, 2**16)))
    grads = generator.choice([0.5, 1.0, 2.0, 4.0, 8.0], (count, size)) * generator.choice([-1, 1], (count, size))
    steps = tuple(Exact(tuple(row)) for row in grads.tolist())
    return PowersOfTwo(draw(values((size,))), steps, draw(st.sampled_from([0.75, 0.5, 0.0])))


@st.composite
def closings(draw):
    shape = draw(st.sampled_from([(2,), (3, 2)]))
    return Closing(draw(st.sampled_from(["Adam", "Yogi"])), draw(values(shape)), draw(values(shape, nonzero=True)))


ordinary = runs(dtypes=("float64", "float64", "float32"), longest=3, betas=[*BETAS, (0.0, 0.99), (0.0, 0.0)])
joining = runs(shapes=SHAPES[:3], scales=[(1.0,), (1e-2, 1.0, 10.0)], longest=2)
with_missing = runs(missing=0.3).filter(no_close_call)


def trajectory(module, optimizer, run):
    """The parameters after each step."""
    params = helper(module, "parameters", run.params, keep=True)
    return helper(module, "optimize", getattr(module, optimizer)(params, **run.options), params, run.steps)


@graded(
    points=1,
    title={"en": "A step changes the parameters, in place, and nothing else", "zh": "一步更新只就地修改参数，不动别的"},
)
@given(case=ordinary)
def test_updates_in_place(submission, reference, case):
    params = helper(submission, "parameters", case.params, keep=True)
    storage = helper(submission, "aliases", params, keep=True)
    optimizer = submission.Adam(params, **case.options)
    after = helper(submission, "optimize", optimizer, params, case.steps)
    stored = helper(submission, "read", storage)
    for i, (x, now, kept) in enumerate(zip(case.params, after[-1], stored, strict=True)):
        before = x.tensor
        now, kept = (tensor(one, f"params[{i}]", shape=x.shape) for one in (now, kept))
        check(
            now.dtype == before.dtype,
            {"en": f"params[{i}] has dtype {now.dtype} after the step, expected {before.dtype} as before",
             "zh": f"更新后 params[{i}] 的数据类型是 {now.dtype}，应仍为 {before.dtype}"},
        )  # fmt: skip
        check(
            torch.equal(now, kept),
            {"en": f"params[{i}] has new values but its old storage does not: it was replaced, expected an update in place",
             "zh": f"params[{i}] 有了新值，但原来的存储没有变：参数被替换了，应当就地更新"},
            expected=now, actual=kept, quantity="the storage",
        )  # fmt: skip
    grads = helper(submission, "get_grads", params)
    for i, (grad, mine) in enumerate(zip(case.steps[-1], grads, strict=True)):
        check(
            mine is not None and torch.equal(tensor(mine), grad.tensor),
            {"en": f"the gradient of params[{i}] was changed by step, expected it to be left as it is",
             "zh": f"step 改动了 params[{i}] 的梯度，应当保持不变"},
            expected=grad.tensor, actual=mine, quantity="the gradient",
        )  # fmt: skip
    for i, (x, grad, now) in enumerate(zip(case.params, case.steps[0], after[0], strict=True)):
        moves = grad.tensor.abs() >= case.eps  # by lr/2 at least, if it is Adam
        check(
            not (moves & (tensor(now) == x.tensor)).any(),
            {"en": f"the first step does not move params[{i}], expected a step against the gradient",
             "zh": f"第一步没有使 params[{i}] 移动，应当沿梯度的反方向更新"},
            expected=x.tensor - case.lr * torch.sign(grad.tensor), actual=now, quantity="the parameter",
        )  # fmt: skip


@graded(points=1, title={"en": "Default, legal and illegal options", "zh": "超参数：默认值、合法值与非法值"})
@given(case=options())
def test_options(submission, reference, case):
    params = helper(submission, "parameters", [Values((2,), 1)], keep=True)
    make = getattr(submission, case.optimizer)
    if not case.legal:
        assert_raises("ValueError", make, params, **case.given)
        return
    groups = helper(submission, "get_options", make(params, **case.given), ["lr", "betas", "eps"])
    wanted = {"lr": 0.001, "betas": (0.9, 0.999), "eps": {"Adam": 1e-6, "Yogi": 1e-3}[case.optimizer], **case.given}
    for name, value in wanted.items():
        mine = groups[0][name]
        mine = tuple(mine) if isinstance(mine, list) else mine
        assert_matches(mine, value, quantity=f"param_groups[0][{name!r}]")


@graded(
    points=1,
    title={
        "en": "Adam's steps have the size of lr, whatever the scale",
        "zh": "无论梯度的尺度如何，Adam 每步的大小都与学习率相当",
    },
    teaching="says that steps are about lr long whatever the scale of g, where adam_matches_the_reference only shows numbers that differ",
)
@given(case=runs(scales=[(1.0,), (1e-3,), (1e3,), (1e-3, 1.0, 1e3)], eps=(1e-8,), longest=3))
def test_steps_have_the_size_of_lr(submission, reference, case):
    after = trajectory(submission, "Adam", case)
    before = [x.tensor for x in case.params]
    for t, (now, bound) in enumerate(zip(after, largest_steps(case.betas, len(case.steps)), strict=True), start=1):
        for i, (old, new) in enumerate(zip(before, now, strict=True)):
            step = tensor(new, f"params[{i}]", shape=tuple(old.shape)) - old
            if t == 1:
                expected = -case.lr * torch.sign(case.steps[0][i].tensor)
                check(
                    ((step - expected).abs() <= 1e-3 * case.lr).all(),
                    {"en": f"the first step of params[{i}] is not -lr·sign(g), expected ±{case.lr} (0 where g is 0)",
                     "zh": f"params[{i}] 的第一步不是 -lr·sign(g)，应为 ±{case.lr}（g 为 0 处应为 0）"},
                    expected=expected, actual=step, quantity="the first step",
                )  # fmt: skip
            worst = float(step.abs().max())
            check(
                step.isfinite().all() and worst <= 1.001 * bound * case.lr,
                {"en": f"step {t} moves params[{i}] by {worst:.4g}, expected at most {bound:.4g}·lr = {bound * case.lr:.4g}",
                 "zh": f"第 {t} 步使 params[{i}] 移动了 {worst:.4g}，应不超过 {bound:.4g}·lr = {bound * case.lr:.4g}"},
                actual=step, quantity="the step",
            )  # fmt: skip
        before = now


def largest_steps(betas, count):
    """The most that |v̂|/√ŝ can be after each step (by Cauchy's inequality: (Σ wᵢgᵢ)² ≤ Σ wᵢ²/uᵢ · Σ uᵢgᵢ²)."""
    beta1, beta2 = betas
    for t in range(1, count + 1):
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
    assert_matches(mine, theirs, **case.tolerance, quantity="trajectory")


@graded(
    points=1,
    title={
        "en": "A parameter without a gradient does not move, and its averages stay",
        "zh": "没有梯度的参数不移动，其滑动平均也不变",
    },
    needs=["adam_matches_the_reference"],
)
@given(case=with_missing)
def test_missing_gradients_are_skipped(submission, reference, case):
    after = trajectory(submission, "Adam", case)
    before = [x.tensor for x in case.params]
    for t, (grads, now) in enumerate(zip(case.steps, after, strict=True), start=1):
        for i, grad in enumerate(grads):
            if grad is None:
                check(
                    torch.equal(tensor(now[i]), before[i]),
                    {"en": f"params[{i}] has no gradient in step {t} but moved, expected it to stay",
                     "zh": f"params[{i}] 在第 {t} 步没有梯度却移动了，应保持不动"},
                    expected=before[i], actual=now[i], quantity="the parameter",
                )  # fmt: skip
        before = now
    assert_matches(after, trajectory(reference, "Adam", case), **case.tolerance, quantity="trajectory")


@graded(
    points=1,
    title={
        "en": "Each group has its own options, which may change; other groups may join",
        "zh": "每个参数组有自己的超参数，可中途改变；也可中途加入新的参数组",
    },
    needs=["adam_matches_the_reference"],
)
@given(case=groups() | joining)
def test_groups_have_options_of_their_own(submission, reference, case):
    if isinstance(case, Groups):
        mine, theirs = (regrouped(module, case) for module in (submission, reference))
        assert_matches(mine, theirs, **case.run.tolerance, quantity="trajectory")
        return
    moved, grad = moved_after_joining(submission, case)
    check(
        torch.equal(torch.sign(moved), -torch.sign(grad)),
        {"en": "params[1] joined by add_param_group after the first step, and did not move against its gradient in the "
               "second, expected it to",
         "zh": "params[1] 在第一步之后由 add_param_group 加入，第二步却没有沿梯度的反方向移动"},
        expected=-torch.sign(grad), actual=torch.sign(moved), quantity="sign(Δparams[1])",
    )  # fmt: skip


def moved_after_joining(module, run):
    """By how much params[1] moves in its first step, and its gradient there; how far is the convention's affair."""
    params = helper(module, "parameters", run.params, keep=True)
    optimizer = module.Adam(params[:1], **run.options)
    helper(module, "optimize", optimizer, params, run.steps[:1])
    optimizer.add_param_group({"params": params[1:]})
    now = helper(module, "optimize", optimizer, params, run.steps[1:2])[0][1]
    return now - run.params[1].tensor, run.steps[1][1].tensor


def regrouped(module, case):
    """The parameters after each step, each in a group of its own; after some steps an option is changed."""
    params = helper(module, "parameters", case.run.params, keep=True)
    described = [{"params": [x], **own} for x, own in zip(params, case.groups, strict=True)]
    optimizer = module.Adam(described, **case.run.options)
    first = helper(module, "optimize", optimizer, params, case.run.steps[: case.after])
    helper(module, "set_options", optimizer, case.changed, case.later)
    return first + helper(module, "optimize", optimizer, params, case.run.steps[case.after :])


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
    half = len(case.steps) // 2
    mine, _ = resume(submission, "Adam", case)
    assert_matches(
        mine,
        trajectory(reference, "Adam", case),
        **case.tolerance,
        quantity={
            "en": f"trajectory, with the state reloaded after step {half},",
            "zh": f"第 {half} 步之后重新载入状态的轨迹",
        },
    )


def resume(module, name, run):
    """Half of the steps; then new parameters, and a new optimizer that loads the old one's state.

    The parameters after each step, and the new parameters themselves.
    """
    make, half = getattr(module, name), len(run.steps) // 2
    params = helper(module, "parameters", run.params, keep=True)
    optimizer = make(params, **run.options)
    first = helper(module, "optimize", optimizer, params, run.steps[:half])
    params = helper(module, "parameters", first[-1], keep=True)
    fresh = make(params, **run.options)
    helper(module, "reload_state", fresh, optimizer)
    return first + helper(module, "optimize", fresh, params, run.steps[half:]), params


@graded(points=2, title={"en": "Yogi's s moves by (1 - β₂)g² at most", "zh": "Yogi 的 s 每步至多改变 (1 - β₂)g²"})
@given(case=powers_of_two())
def test_yogi_moves_s_slowly(submission, reference, case):
    steps = tuple((grad,) for grad in case.steps)
    params = helper(submission, "parameters", [case.x], keep=True)
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
            {"en": f"step {t} moves s by more than (1-β₂)g² (s as recovered from the step)", "zh": f"第 {t} 步使 s 的改变超过了 (1-β₂)g²（s 由更新量反推得到）"},
            expected=most, actual=(new - s).abs(), quantity="change of s",
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
@given(case=with_missing)
def test_yogi_matches_the_reference(submission, reference, case):
    (mine, params), (theirs, _) = (resume(module, "Yogi", case) for module in (submission, reference))
    assert_matches(mine, theirs, **case.tolerance, quantity="trajectory")
    grads = helper(submission, "get_grads", params)
    assert_matches(
        grads,
        [grad and grad.tensor for grad in case.steps[-1]],
        rtol=0,
        atol=0,
        quantity={"en": "the gradients after step", "zh": "step 之后的梯度"},
    )


@graded(
    star=True,
    title={
        "en": "The closure is called once, with gradients enabled, and its value returned",
        "zh": "closure 在启用梯度的情况下只调用一次，并返回其值",
    },
)
@given(case=closings(), share=0.25)
def test_closure(submission, reference, case):
    params = helper(submission, "parameters", [case.x], keep=True)
    optimizer = getattr(submission, case.optimizer)(params, lr=0.1)
    helper(submission, "set_grads", params, [case.grad])
    loss = optimizer.step(params[0].sum)  # a closure that lives beside the optimizer, so that autograd sees it
    value = loss.detach() if isinstance(loss, torch.Tensor) else loss
    assert_matches(number(value, RETURNED), float(case.x.tensor.sum()), quantity=RETURNED)
    check(
        not isinstance(loss, torch.Tensor) or loss.requires_grad,
        {"en": "the closure ran without gradients, expected it to run under torch.enable_grad()",
         "zh": "closure 运行时没有启用梯度，应在 torch.enable_grad() 下调用"},
    )  # fmt: skip
    calls = []

    def closure():
        calls.append(1)
        return 1.5

    returned = optimizer.step(closure)
    check(
        len(calls) == 1,
        {
            "en": f"step called the closure {len(calls)} times, expected once",
            "zh": f"step 调用了 closure {len(calls)} 次，应只调用一次",
        },
    )
    assert_matches(number(returned, RETURNED), 1.5, quantity=RETURNED)
