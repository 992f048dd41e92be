"""Properties of question_answering, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. tokens outside the context get 0 or -1e4 instead of -inf, or the mask is inverted  → outside_is_minus_infinity
2. a mask times -inf: 0 · -inf is NaN                                                 → outside_is_minus_infinity
3. both logits are made with w_start                                                  → span_logits_match
4. best start and best end are chosen apart: the end may come first                   → spans_are_spans
5. spans may be one token too long, or of any length                                  → spans_are_spans
6. triu puts zeros, which are better than scores below 0                              → spans_are_spans
7. first the best start, then the best end behind it                                  → no_span_scores_higher
8. of equal scores the last is taken                                                  → ties_go_to_the_first
   probabilities are compared, which round and vanish                                  → no_span_scores_higher
9. the loss is a sum, or one of the two, or has no softmax, or is NaN beside -inf     → span_loss_matches
10. one of the logits is detached; logits are changed in place                        → gradients; arguments_left_alone
"""

from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import assume
from hypothesis import strategies as st

from grader.kit import Exact, Values, assert_arguments_kept, assert_matches, check, given, graded, sizes, tensor, vjp

MARGIN = 0.05
"""Scores are multiples of 0.1: closer than this they are equal up to rounding."""


@dataclass(frozen=True)
class Encoded:
    hidden: Values
    w_start: Values
    w_end: Values
    context_mask: Exact
    max_answer_len: int

    @property
    def args(self):
        return self.hidden, self.w_start, self.w_end, self.context_mask


@dataclass(frozen=True)
class Logits:
    start_logits: Exact
    end_logits: Exact
    max_answer_len: int

    @property
    def args(self):
        return self.start_logits, self.end_logits, self.max_answer_len

    def spans(self, sample):
        """The spans that are allowed, with their scores, the smallest start first."""
        start, end = self.start_logits.data[sample], self.end_logits.data[sample]
        n = len(start)
        return [((i, j), start[i] + end[j]) for i in range(n) for j in range(i, min(i + self.max_answer_len, n))]


@dataclass(frozen=True)
class Answered:
    start_logits: Exact
    end_logits: Exact
    start: Exact
    end: Exact

    @property
    def args(self):
        return self.start_logits, self.end_logits, self.start, self.end


@dataclass(frozen=True)
class Gradient(Encoded):
    answered: Answered
    cotangent: Values

    def shown(self):
        names = ("hidden", "w_start", "w_end", "context_mask", "cotangent")
        given = {name: getattr(self, name) for name in names}
        return {
            **given,
            **{name: getattr(self.answered, name) for name in ("start_logits", "end_logits", "start", "end")},
        }


dtypes = st.sampled_from(["float64", "float32"])
seeds = st.integers(0, 2**16)


def contexts(generator, b, n):
    """(b, n), True from one place to another, at least at one token."""
    ends = np.sort(generator.integers(0, n, (b, 2)), axis=1)
    positions = np.arange(n)
    return (ends[:, :1] <= positions) & (positions <= ends[:, 1:])


def drawn_logits(generator, b, n, unit, largest):
    """Two tensors of multiples of a unit, -inf outside a context; the right starts and ends."""
    mask = contexts(generator, b, n)
    both = [np.where(mask, generator.integers(-largest, largest + 1, (b, n)) * unit, -np.inf) for _ in range(2)]
    inside = [np.flatnonzero(row) for row in mask]
    answers = [np.sort(generator.choice(row, 2)) for row in inside]
    return *(one.round(1) for one in both), np.array(answers)


@st.composite
def encoded(draw):
    b, n, d, seed, dtype = draw(sizes(4)), draw(sizes(6)), draw(sizes(4)), draw(seeds), draw(dtypes)
    mask = contexts(np.random.default_rng(seed), b, n)
    shapes = [(b, n, d), (d,), (d,)]
    tensors = (Values(shape, seed + i, dtype) for i, shape in enumerate(shapes))
    return Encoded(*tensors, Exact(mask.tolist(), "bool"), draw(sizes(n)))


@st.composite
def logits(draw, unit=0.1, largest=30, fine=0.0):
    """Where `fine`, float64 logits differ by so little, too: their sums are exact, but not in float32."""
    b, n, seed, dtype = draw(sizes(4)), draw(sizes(6)), draw(seeds), draw(dtypes)
    generator = np.random.default_rng(seed)
    start, end, _ = drawn_logits(generator, b, n, unit, largest)
    if dtype == "float64":
        start, end = (one + fine * generator.integers(2, size=(b, n)) for one in (start, end))
    return Logits(Exact(start.tolist(), dtype), Exact(end.tolist(), dtype), draw(sizes(n + 1)))


@st.composite
def clear_logits(draw, unit=0.1):
    """In every sample one span is better than all others. With a large unit, probabilities would be 0."""
    case = draw(logits(unit))
    for sample in range(len(case.start_logits.data)):
        best = sorted((score for _, score in case.spans(sample)), reverse=True)[:2]
        assume(len(best) == 1 or best[0] - best[1] >= MARGIN)
    return case


@st.composite
def answered(draw):
    b, n, seed, dtype = draw(sizes(4)), draw(sizes(6)), draw(seeds), draw(dtypes)
    start, end, answers = drawn_logits(np.random.default_rng(seed), b, n, 0.1, 30)
    spans = (Exact(answers[:, side].tolist(), "int64") for side in (0, 1))
    return Answered(Exact(start.tolist(), dtype), Exact(end.tolist(), dtype), *spans)


@st.composite
def gradients(draw):
    case, seed = draw(encoded()), draw(seeds)
    b, n = case.hidden.shape[:2]
    start, end, answers = drawn_logits(np.random.default_rng(seed), b, n, 0.1, 30)
    spans = (Exact(answers[:, side].tolist(), "int64") for side in (0, 1))
    double = [Values(one.shape, one.seed) for one in case.args[:3]]
    return Gradient(
        *double,
        case.context_mask,
        1,
        Answered(Exact(start.tolist()), Exact(end.tolist()), *spans),
        Values((b, n), seed),
    )


encoding, clear = encoded(), clear_logits()


def both_logits(submission, case):
    """The two tensors that span_logits returns, of the right shape and dtype."""
    result = submission.span_logits(*case.args)
    check(
        isinstance(result, tuple | list) and len(result) == 2,
        {
            "en": f"span_logits returned {result!r}, expected two tensors",
            "zh": f"span_logits 返回了 {result!r}，应为两个张量",
        },
    )
    shape, dtype = case.hidden.shape[:2], case.hidden.tensor.dtype
    return [
        tensor(one, name, shape=shape, dtype=dtype)
        for one, name in zip(result, ("start_logits", "end_logits"), strict=True)
    ]


def found_spans(submission, case, start_logits, end_logits):
    """The spans that best_span returns: (b, 2), int64."""
    spans = submission.best_span(start_logits, end_logits, case.max_answer_len)
    return tensor(spans, "best_span(…)", shape=(len(start_logits), 2), dtype=torch.int64)


@graded(
    points=1,
    title={"en": "Logits are exactly -inf outside the context", "zh": "上下文之外的 logit 恰好为 -inf"},
    teaching="says that the mask is wrong, not the product: the two go wrong for different reasons",
)
@given(case=encoding)
def test_outside_is_minus_infinity(submission, reference, case):
    mask = case.context_mask.tensor
    logits = (both_logits(module, case) for module in (submission, reference))
    for name, mine, theirs in zip(("start_logits", "end_logits"), *logits, strict=True):
        outside = mine[~mask]
        check(
            (outside == float("-inf")).all(),
            {
                "en": f"{name} has {float(outside[outside != float('-inf')][:1].sum()):.6g} outside the context, expected -inf",
                "zh": f"{name} 在上下文之外有 {float(outside[outside != float('-inf')][:1].sum()):.6g}，应为 -inf",
            },
            expected=theirs,
            actual=mine,
            quantity=name,
        )
        check(
            mine[mask].isfinite().all(),
            {
                "en": f"{name} has a number in the context that is not finite, expected dot products there",
                "zh": f"{name} 在上下文之内有非有限的数，那里应是点积",
            },
            expected=theirs,
            actual=mine,
            quantity=name,
        )


@graded(points=1, title={"en": "Logits are dot products in the context", "zh": "上下文之内的 logit 是点积"})
@given(case=encoding)
def test_span_logits_match(submission, reference, case):
    atol = 1e-4 if case.hidden.dtype == "float32" else None  # a product may cancel to 0
    mine, theirs = both_logits(submission, case), reference.span_logits(*case.args)
    for name, one, other in zip(("start_logits", "end_logits"), mine, theirs, strict=True):
        assert_matches(one, other, atol=atol, quantity=name)


@graded(
    points=1,
    title={
        "en": "Spans keep start ≤ end < start + max_answer_len",
        "zh": "片段满足 start ≤ end < start + max_answer_len",
    },
    teaching="says which rule a span breaks, where no_span_scores_higher only says that there is a better one",
)
@given(case=clear)
def test_spans_are_spans(submission, reference, case):
    n = len(case.start_logits.data[0])
    spans = found_spans(submission, case, case.start_logits.tensor, case.end_logits.tensor).tolist()
    for sample, (start, end) in enumerate(spans):
        check(
            0 <= start <= end < min(n, start + case.max_answer_len),
            {
                "en": f"sample {sample} has the span ({start}, {end}); expected 0 <= start <= end < start + "
                f"{case.max_answer_len}, and end < {n}",
                "zh": f"样本 {sample} 的片段是 ({start}, {end})；应满足 0 <= start <= end < start + {case.max_answer_len}，"
                f"且 end < {n}",
            },
            actual=spans,
            quantity="best_span(…)",
        )


@graded(
    points=1,
    title={"en": "Spans never leave the context", "zh": "答案片段不会离开上下文"},
    teaching="the law of the two functions together: what one masks the other must never choose",
)
@given(case=encoding)
def test_spans_stay_in_the_context(submission, reference, case):
    spans = found_spans(submission, case, *both_logits(submission, case)).tolist()
    for sample, (start, end) in enumerate(spans):
        inside = [position for position, is_context in enumerate(case.context_mask.data[sample]) if is_context]
        check(
            inside[0] <= start <= inside[-1] and inside[0] <= end <= inside[-1],
            {
                "en": f"sample {sample} has the span ({start}, {end}), expected it within the context, {inside[0]} to "
                f"{inside[-1]}",
                "zh": f"样本 {sample} 的片段是 ({start}, {end})，应在上下文之内，即 {inside[0]} 到 {inside[-1]}",
            },
            actual=spans,
            quantity="best_span(*span_logits(…), max_answer_len)",
        )


def assert_best(submission, reference, case, why):
    spans = found_spans(submission, case, case.start_logits.tensor, case.end_logits.tensor).tolist()
    expected = reference.best_span(*case.args).tolist()
    for sample, (mine, theirs) in enumerate(zip(map(tuple, spans), map(tuple, expected), strict=True)):
        scores = dict(case.spans(sample))
        score = {
            "en": f"with the score {scores[mine]:.6g}" if mine in scores else "which is not allowed",
            "zh": f"得分 {scores[mine]:.6g}" if mine in scores else "它不合法",
        }
        check(
            mine == theirs,
            {
                "en": f"sample {sample} has the span {mine}, {score['en']}; expected {theirs} with {scores[theirs]:.6g}{why['en']}",
                "zh": f"样本 {sample} 的片段是 {mine}，{score['zh']}；应为 {theirs}，得分 {scores[theirs]:.6g}{why['zh']}",
            },
            expected=expected,
            actual=spans,
            quantity="best_span(…)",
        )


@graded(points=2, title={"en": "No span that is allowed scores higher", "zh": "没有得分更高的合法片段"})
@given(case=clear | clear_logits(unit=100.0))
def test_no_span_scores_higher(submission, reference, case):
    assert_best(submission, reference, case, {"en": "", "zh": ""})


@graded(
    points=1,
    title={
        "en": "Of equal scores the smallest start is taken, then the smallest end",
        "zh": "得分相同时取最小的起点，再取最小的终点",
    },
    needs=["no_span_scores_higher"],
)
@given(case=logits(unit=0.5, largest=2, fine=2**-30))
def test_ties_go_to_the_first(submission, reference, case):
    why = {
        "en": "; of equals the smallest start, then the smallest end",
        "zh": "；并列时先取最小的起点，再取最小的终点",
    }
    assert_best(submission, reference, case, why)


@graded(
    points=1,
    title={"en": "The loss matches the reference, beside -inf too", "zh": "损失与参考实现一致，有 -inf 时也是"},
)
@given(case=answered())
def test_span_loss_matches(submission, reference, case):
    assert_matches(submission.span_loss(*case.args), reference.span_loss(*case.args), quantity="span_loss(…)")


@graded(points=1, title={"en": "Leaves its arguments alone", "zh": "不改动传入的实参"})
@given(case=gradients())
def test_arguments_left_alone(submission, reference, case):
    assert_arguments_kept(submission.span_logits, *case.args, names=["hidden", "w_start", "w_end", "context_mask"])
    start_logits, end_logits, start, end = case.answered.args
    names = ["start_logits", "end_logits", "start", "end"]
    assert_arguments_kept(submission.best_span, start_logits, end_logits, case.max_answer_len, names=names[:2])
    assert_arguments_kept(submission.span_loss, start_logits, end_logits, start, end, names=names)


@graded(
    points=1,
    title={"en": "Gradients flow back, without NaN", "zh": "梯度能够传回，且不出现 NaN"},
    needs=["span_logits_match", "span_loss_matches"],
)
@given(case=gradients())
def test_gradients(submission, reference, case):
    hidden, w_start, w_end, context_mask = case.args
    cotangent = case.cotangent.tensor.where(context_mask.tensor, 0)
    mine, theirs = (vjp(module.span_logits, case.args, cotangent) for module in (submission, reference))
    for position, name in enumerate(["hidden", "w_start"]):
        quantity = {"en": f"the gradient of {name} in start_logits", "zh": f"start_logits 中 {name} 的梯度"}
        assert_matches(mine[f"{position}"], theirs[f"{position}"], quantity=quantity)
    tracked = w_end.tensor.requires_grad_()
    check(
        submission.span_logits(hidden, w_start, tracked, context_mask)[1].requires_grad,
        {"en": "end_logits is cut off from w_end, expected a gradient", "zh": "end_logits 与 w_end 断开了，应有梯度"},
    )
    mine, theirs = (vjp(module.span_loss, case.answered.args, Exact(1.5)) for module in (submission, reference))
    for position, name in enumerate(["start_logits", "end_logits"]):
        quantity = {"en": f"the gradient of {name} in span_loss", "zh": f"span_loss 中 {name} 的梯度"}
        assert_matches(mine[f"{position}"], theirs[f"{position}"], quantity=quantity)
