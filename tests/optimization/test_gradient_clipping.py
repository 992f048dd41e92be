"""Properties of gradient_clipping, from plain to deep.

Thirteen ways people get it wrong, and the property that each must fail:

 1. nothing is returned, or the norm after clipping, or the factor              → returns_the_norm
 2. the root is missing, or the norms of the parameters are summed              → returns_the_norm
 3. another norm: the largest entry, the sum of absolute values                 → returns_the_norm
 4. the norm is that of the parameters, or of the last gradient only            → returns_the_norm
 5. gradients are always scaled to θ, so that small ones grow                   → small_gradients_stay
 6. each gradient is clipped on its own                                         → keeps_the_direction
 7. entries are clamped to [−θ, θ]                                              → keeps_the_direction
 8. the factor is upside down, or θ/‖g‖², or 1/‖g‖                              → the_norm_becomes_theta
 9. p.grad = p.grad · factor: new storage                                       → in_place
10. None is an error, or becomes a tensor of zeros                              → missing_gradients
11. 0/0 where all gradients are 0; an empty stack where there is none           → zero_gradients
12. the parameters are scaled too                                               → in_place
13. `params` is gone through twice: model.parameters() is over after once       → any_iterable
"""

from dataclasses import dataclass, replace

import torch
from hypothesis import assume
from hypothesis import strategies as st

from grader.kit import (
    Values,
    assert_matches,
    assert_raises,
    check,
    given,
    graded,
    helper,
    number,
    optimizer_runs,
    started,
    tensor,
)
from grader.kit.quantities import pair

CLOSE = {"float64": {"rtol": 2e-5, "atol": 1e-9}, "float32": {"rtol": 1e-4, "atol": 1e-6}}
"""PyTorch adds 1e-6 to the norm, and norms are at least 0.1."""


@dataclass(frozen=True)
class Clipping:
    params: tuple[Values, ...]
    grads: tuple[Values | None, ...]
    theta: float

    @property
    def norm(self):
        return length([grad.tensor for grad in self.grads if grad is not None])

    @property
    def close(self):
        return CLOSE[self.params[0].dtype]


@dataclass(frozen=True)
class Broken:
    """One entry of one gradient is not finite."""

    clipping: Clipping
    which: int
    entry: float

    def shown(self):
        place = {f"the first entry of grads[{self.which}]": self.entry}
        return {"params": self.clipping.params, "grads": self.clipping.grads, **place, "theta": self.clipping.theta}


def length(grads):
    """The norm of all together."""
    return sum(float((grad.double() ** 2).sum()) for grad in grads) ** 0.5


@st.composite
def clippings(draw, ratios, *, scales=(1.0, 10.0, 0.1), missing=False, dtypes=("float64", "float64", "float32")):
    """θ is one of `ratios` times the norm (to three digits); 1 where the norm is 0. No norm is between 0 and 0.1."""
    run = draw(optimizer_runs(most_steps=1, missing=missing, scales=scales, dtype=draw(st.sampled_from(dtypes))))
    case = Clipping(run.params, run.steps[0], 1.0)
    assume(case.norm == 0 or case.norm >= 0.1)
    theta = float(f"{draw(st.sampled_from(ratios)) * case.norm:.3g}") or 1.0
    return replace(case, theta=theta)


ABOVE = (0.5, 0.1, 0.9, 1e-3)
BELOW = (2.0, 1.1, 10.0)


def is_clipped(case):
    return case.norm > 0


@st.composite
def without_gradients(draw):
    case = draw(clippings(ABOVE))
    return replace(case, grads=(None,) * len(case.grads), theta=1.0)


@st.composite
def broken(draw):
    case = draw(clippings(ABOVE, dtypes=("float64",)))
    which = draw(st.integers(0, len(case.grads) - 1))
    return Broken(case, which, draw(st.sampled_from([float("inf"), float("-inf"), float("nan")])))


def with_grads(module, case):
    """Parameters, and the gradients that they were given, which stay where the module lives."""
    params = started(module, case.params)
    grads = [None if grad is None else helper(module, "aliases", [grad], keep=True)[0] for grad in case.grads]
    for param, grad in zip(params, grads, strict=True):
        if grad is not None:
            param.grad = grad
    return params, grads


def clipped(module, case):
    """The norm that is returned, and the gradients afterwards."""
    params = started(module, case.params)
    helper(module, "set_grads", params, list(case.grads))
    norm = module.clip_gradients(params, case.theta)
    return norm, helper(module, "get_grads", params)


def new_grads(module, case):
    """The gradients afterwards: tensors of the right shapes and dtypes."""
    _, after = clipped(module, case)
    return [
        tensor(grad, f"grads[{index}]", shape=before.shape, dtype=before.tensor.dtype)
        for index, (grad, before) in enumerate(zip(after, case.grads, strict=True))
    ]


@graded(
    points=2,
    title={
        "en": "Returns the norm of all gradients together, before clipping",
        "zh": "返回所有梯度合在一起、裁剪之前的范数",
    },
)
@given(case=clippings((*ABOVE, *BELOW)))
def test_returns_the_norm(submission, reference, case):
    norm, _ = clipped(submission, case)
    close = {"rtol": 1e-6, "atol": 1e-9} if case.params[0].dtype == "float64" else case.close
    assert_matches(number(norm), case.norm, **close)


@graded(
    points=1,
    title={"en": "Gradients shorter than θ stay exactly as they are", "zh": "范数小于 θ 的梯度保持原样"},
)
@given(case=clippings(BELOW))
def test_small_gradients_stay(submission, reference, case):
    for index, (after, before) in enumerate(zip(new_grads(submission, case), case.grads, strict=True)):
        check(
            torch.equal(after, before.tensor),
            {
                "en": f"grads[{index}] changed, although the norm of all gradients, {case.norm:.6g}, is below "
                f"θ = {case.theta:g}: expected it to stay as it is",
                "zh": f"所有梯度的范数 {case.norm:.6g} 小于 θ = {case.theta:g}，grads[{index}] 却变了：应保持不变",
            },
            expected=before.tensor,
            actual=after,
            quantity=f"grads[{index}]",
        )


@graded(
    points=2,
    title={"en": "Clipped gradients keep their direction", "zh": "裁剪后的梯度方向不变"},
    teaching="a law of its own: all entries shrink by one factor; says so where each parameter, or each entry, gets its own",
)
@given(case=clippings(ABOVE, dtypes=("float64",)).filter(is_clipped))
def test_keeps_the_direction(submission, reference, case):
    before = torch.cat([grad.tensor.flatten() for grad in case.grads])
    after = torch.cat([grad.flatten() for grad in new_grads(submission, case)])
    largest = int(before.abs().argmax())
    factor = float(after[largest] / before[largest])
    expected = before * factor
    worst = int((after - expected).abs().nan_to_num(torch.inf).where(before != 0, 0).argmax())
    other = pair(float(after[worst] / before[worst]), factor)[0]
    check(
        factor > 0 and torch.allclose(after, expected, rtol=1e-6, atol=1e-9),
        {
            "en": f"the largest entry of all gradients was multiplied by {factor:.6g}, entry {worst} of them by {other}: "
            "expected one positive factor for all entries of all parameters",
            "zh": f"所有梯度中最大的分量乘以了 {factor:.6g}，第 {worst} 个分量却乘以了 {other}："
            "所有参数的所有分量应乘以同一个正的因子",
        },
        actual=after,
        quantity={"en": "all gradients, one after the other", "zh": "依次排列的所有梯度"},
    )


@graded(
    points=1,
    title={"en": "Gradients longer than θ are shortened to the norm θ", "zh": "范数大于 θ 的梯度缩短到范数恰为 θ"},
    needs=["keeps_the_direction"],
)
@given(case=clippings(ABOVE).filter(is_clipped))
def test_the_norm_becomes_theta(submission, reference, case):
    after = new_grads(submission, case)
    assert_matches(
        length(after),
        case.theta,
        **case.close,
        quantity={"en": "the norm of all gradients after clipping", "zh": "裁剪之后所有梯度的范数"},
    )


@graded(
    points=1,
    title={
        "en": "Gradients are scaled in their own storage; parameters do not move",
        "zh": "在原有存储上就地缩放梯度，参数本身不动",
    },
)
@given(case=clippings(ABOVE, dtypes=("float64",)).filter(is_clipped))
def test_in_place(submission, reference, case):
    params, grads = with_grads(submission, case)
    submission.clip_gradients(params, case.theta)
    after, seen = helper(submission, "get_grads", params), helper(submission, "read", grads)
    for index, (new, stored) in enumerate(zip(after, seen, strict=True)):
        check(
            torch.equal(tensor(new, f"grads[{index}]"), tensor(stored)),
            {
                "en": f"grads[{index}] was replaced: the tensor that was the gradient before still has its old values, "
                "expected them to be scaled in place",
                "zh": f"grads[{index}] 被替换了：原来作为梯度的张量仍是旧值，应当就地缩放",
            },
            actual=stored,
            quantity=f"the tensor that was grads[{index}]",
        )
    assert_matches(
        helper(submission, "read", params),
        [param.tensor for param in case.params],
        rtol=0.0,
        atol=0.0,
        quantity={"en": "params after clipping", "zh": "裁剪之后的 params "},
    )


@graded(
    points=1,
    title={"en": "Missing gradients are skipped and stay None", "zh": "跳过没有梯度的参数，其 grad 仍为 None"},
    teaching="has some gradients missing among others, where zero_gradients sees none or all of them",
    needs=["returns_the_norm", "small_gradients_stay", "the_norm_becomes_theta"],
)
@given(case=clippings((*ABOVE, *BELOW), missing=True))
def test_missing_gradients(submission, reference, case):
    norm, after = clipped(submission, case)
    assert_matches(number(norm), case.norm, **case.close)
    factor = min(1.0, case.theta / case.norm) if case.norm else 1.0
    expected = [None if grad is None else grad.tensor * factor for grad in case.grads]
    assert_matches(after, expected, **case.close, quantity="grads")


@graded(
    points=1,
    title={
        "en": "Gradients of 0, or none at all, have the norm 0 and stay",
        "zh": "梯度全为 0 或全都缺失时范数为 0，且保持不变",
    },
    needs=["returns_the_norm"],
)
@given(case=clippings(ABOVE, scales=(0.0,)) | without_gradients())
def test_zero_gradients(submission, reference, case):
    norm, after = clipped(submission, case)
    assert_matches(number(norm), 0.0, atol=1e-9)
    assert_matches(after, [grad and grad.tensor for grad in case.grads], rtol=0.0, atol=0.0, quantity="grads")


@graded(
    points=1,
    title={
        "en": "params may be any iterable, such as model.parameters()",
        "zh": "params 可以是任意可迭代对象，例如 model.parameters()",
    },
    needs=["returns_the_norm", "the_norm_becomes_theta"],
)
@given(case=clippings(ABOVE, dtypes=("float64",)).filter(is_clipped))
def test_any_iterable(submission, reference, case):
    params = started(submission, case.params)
    helper(submission, "set_grads", params, list(case.grads))
    norm = submission.clip_gradients(helper(submission, "once", params, keep=True), case.theta)
    assert_matches(number(norm), case.norm, **case.close)
    after = [tensor(grad, "grads") for grad in helper(submission, "get_grads", params)]
    check(
        abs(length(after) - case.theta) <= 1e-4 * case.theta,
        {
            "en": f"with params as an iterator, as model.parameters() gives one, the norm after clipping is "
            f"{length(after):.6g}, expected θ = {case.theta:g}: an iterator can be gone through only once",
            "zh": f"当 params 是迭代器（model.parameters() 返回的就是迭代器）时，裁剪之后的范数是 {length(after):.6g}，"
            f"应为 θ = {case.theta:g}：迭代器只能遍历一次",
        },
        expected=case.theta,
        actual=length(after),
    )


@graded(
    star=True,
    title={
        "en": "A norm that is not finite raises ValueError, and nothing changes",
        "zh": "范数不是有限值时抛出 ValueError，且什么都不改变",
    },
)
@given(case=broken())
def test_norm_that_is_not_finite(submission, reference, case):
    params = started(submission, case.clipping.params)
    grads = [grad.tensor for grad in case.clipping.grads]
    grads[case.which].view(-1)[0] = case.entry
    helper(submission, "set_grads", params, grads)
    assert_raises("ValueError", submission.clip_gradients, params, case.clipping.theta)
    for index, (after, before) in enumerate(zip(helper(submission, "get_grads", params), grads, strict=True)):
        check(
            torch.allclose(tensor(after, f"grads[{index}]"), before, rtol=0.0, atol=0.0, equal_nan=True),
            {
                "en": f"grads[{index}] changed although ValueError was raised, expected it to stay as it is",
                "zh": f"抛出了 ValueError，grads[{index}] 却变了：应保持不变",
            },
            expected=before,
            actual=after,
            quantity=f"grads[{index}]",
        )
