"""Properties of masked_softmax, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. the mask is applied after the softmax, so rows no longer sum to 1           → weights_are_a_distribution
2. the softmax runs over the queries (dim=1)                                   → weights_are_a_distribution
3. masked scores become 0 instead of a very negative number                    → masked_keys_get_no_weight
4. one key too many is kept, or the mask is inverted                           → sequence_mask
5. per-sample lengths are tiled (repeat), not repeated (repeat_interleave)     → matches_the_reference
6. lengths per query are not handled, or only integers, or only up to k        → matches_the_reference
7. `None` is not handled                                                       → none_masks_nothing
8. exp without subtracting the maximum of the row's valid keys                 → large_scores
9. the mask value is too small, -1e4 or so, and large scores leak              → large_scores
10. the result is detached or computed in numpy                                → gradients_flow_to_valid_scores
"""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st

from grader.kit import (
    Exact,
    Values,
    assert_arguments_kept,
    assert_distributions,
    assert_matches,
    check,
    given,
    graded,
    sizes,
    tensor,
    valid_lens,
    values,
    vjp,
)
from grader.kit.differences import most


@dataclass(frozen=True)
class Masking:
    X: Values
    valid_len: Exact
    value: float | None  # None: left to its default

    @property
    def given(self):
        """The keyword arguments of the call."""
        return {} if self.value is None else {"value": self.value}

    def shown(self):
        return {"X": self.X, "valid_len": self.valid_len, **self.given}


@dataclass(frozen=True)
class Scores:
    X: Values
    valid_lens: Exact | None


@dataclass(frozen=True)
class Gradient:
    X: Values
    valid_lens: Exact | None
    cotangent: Values


@st.composite
def maskings(draw):
    n, k = draw(sizes()), draw(sizes())
    return Masking(
        X=draw(values((n, k), dtype=draw(st.sampled_from(["float64", "float32"])))),
        valid_len=draw(valid_lens(n, 1, k + 1, kinds=("1d",))),
        value=draw(st.sampled_from([None, -1.5, -1e6])),
    )


@st.composite
def scores(
    draw,
    dtypes=("float64", "float32"),
    ranges=((1.0, 0.0),),
    smallest=1,
    kinds=("1d", "2d"),
    any_lengths=False,
):
    """Scores of one of some ranges, each a scale and an offset.

    Lengths are integers up to k; where `any_lengths`, they go one beyond k and are of any number type.
    """
    b, q, k = draw(sizes()), draw(sizes()), draw(sizes())
    scale, offset = draw(st.sampled_from(ranges))
    X = draw(values((b, q, k), dtype=draw(st.sampled_from(dtypes)), scale=scale, offset=offset))
    lengths = draw(valid_lens(b, q, k + any_lengths, smallest=smallest, kinds=kinds))
    if lengths is None:
        return Scores(X, None)
    unsigned = any_lengths and lengths.dtype == "int32"  # a difference of them wraps around
    return Scores(X, lengths if any_lengths and not unsigned else Exact(lengths.data, "uint8" if unsigned else "int64"))


ANY_KIND = ("none", "1d", "2d")
# From end to end of what is allowed, so that a mask of -1e4 leaks, added or put in place of the scores.
LARGE = ((3.3e3, 0.0), (1.0, -9997.0))


@st.composite
def gradients(draw):
    case = draw(scores(dtypes=("float64",), kinds=ANY_KIND))
    return Gradient(case.X, case.valid_lens, draw(values(case.X.shape)))


plain = scores()


def valid(case):
    """(b, q, k), True at the keys that count."""
    b, q, k = case.X.shape
    return (torch.arange(k) < case.valid_lens.tensor.reshape(b, -1, 1)).expand(b, q, k)


@graded(
    points=1,
    title={
        "en": "sequence_mask masks each row from its own length on",
        "zh": "sequence_mask 从各行自己的有效长度起掩蔽",
    },
)
@given(case=maskings())
def test_sequence_mask(submission, reference, case):
    masked = submission.sequence_mask(case.X, case.valid_len, **case.given)
    assert_matches(masked, reference.sequence_mask(case.X, case.valid_len, **case.given))


@graded(
    points=1,
    title={"en": "The weights have the shape and dtype of the scores", "zh": "权重与分数的形状、数据类型相同"},
    teaching="the first to fail where the code does not run at all: it says so once, and the laws wait for it",
)
@given(case=plain)
def test_shape_and_dtype(submission, reference, case):
    tensor(submission.masked_softmax(case.X, case.valid_lens), shape=case.X.shape, dtype=case.X.tensor.dtype)


@graded(
    points=1,
    title={"en": "Every row of weights is a distribution", "zh": "每一行权重都是一个概率分布"},
    needs=["shape_and_dtype"],
    teaching="says what a row sums to, where matches_the_reference only shows numbers that differ",
)
@given(case=plain)
def test_weights_are_a_distribution(submission, reference, case):
    assert_distributions(tensor(submission.masked_softmax(case.X, case.valid_lens)))


@graded(
    points=1,
    title={"en": "Masked keys get weight exactly 0", "zh": "被掩蔽的键的权重恰好为 0"},
    needs=["shape_and_dtype"],
    teaching="says that padding has got weight, where matches_the_reference only shows numbers that differ",
)
@given(case=plain)
def test_masked_keys_get_no_weight(submission, reference, case):
    weights = tensor(submission.masked_softmax(case.X, case.valid_lens))
    at, leaked = most(~valid(case) & (weights != 0), weights)
    check(
        not at,
        {"en": f"the masked key at {at} has the weight {leaked:.6g}, expected exactly 0",
         "zh": f"{at} 处的键已被掩蔽，却分到了权重 {leaked:.6g}，应恰好为 0"},
        expected=reference.masked_softmax(case.X, case.valid_lens),
        actual=weights,
        quantity="weights",
    )  # fmt: skip


@graded(
    points=1,
    title={"en": "None masks nothing", "zh": "valid_lens 为 None 时不掩蔽任何键"},
    teaching="says that it is None that goes wrong; large scores and gradients would show it on harder cases",
)
@given(case=scores(kinds=("none",)))
def test_none_masks_nothing(submission, reference, case):
    assert_matches(submission.masked_softmax(case.X, None), reference.masked_softmax(case.X, None))


@graded(
    points=2,
    title={
        "en": "Matches the reference for lengths of any number type, above k too",
        "zh": "有效长度为任意数值类型、甚至大于 k 时，都与参考实现一致",
    },
)
@given(case=scores(any_lengths=True))
def test_matches_the_reference(submission, reference, case):
    assert_matches(
        submission.masked_softmax(case.X, case.valid_lens), reference.masked_softmax(case.X, case.valid_lens)
    )


@graded(
    points=1,
    title={"en": "Gradients flow back to the scores of the valid keys", "zh": "梯度能传回有效键的分数"},
    needs=["shape_and_dtype"],
)
@given(case=gradients())
def test_gradients_flow_to_valid_scores(submission, reference, case):
    args = [case.X, case.valid_lens]
    mine, theirs = (vjp(module.masked_softmax, args, case.cotangent) for module in (submission, reference))
    assert_matches(mine["0"], theirs["0"], quantity={"en": "the gradient of X", "zh": "X 的梯度"})


@graded(
    points=2, title={"en": "Scores of ±10000 neither overflow nor leak", "zh": "分数达到 ±10000 时既不溢出也不泄漏"}
)
@given(case=scores(ranges=LARGE, kinds=ANY_KIND))
def test_large_scores(submission, reference, case):
    # float32 has steps of 0.001 near 10000: exp(s - logsumexp) may be off by as much and is right.
    weights = tensor(submission.masked_softmax(case.X, case.valid_lens))
    rtol = 2e-3 if torch.float32 in (case.X.tensor.dtype, weights.dtype) else None
    assert_matches(weights, reference.masked_softmax(case.X, case.valid_lens), rtol=rtol)


@graded(
    star=True, title={"en": "Leaves the caller's scores alone", "zh": "不改动调用者的分数"}, needs=["shape_and_dtype"]
)
@given(case=plain)
def test_leaves_the_scores_alone(submission, reference, case):
    assert_arguments_kept(submission.masked_softmax, case.X, case.valid_lens, names=["X", "valid_lens"])


@graded(
    star=True,
    title={"en": "Scores below -1e6 do not leak past the mask", "zh": "低于 -1e6 的分数也不会泄漏"},
    teaching="the book's mask of -1e6 fails here and nowhere else; it is right, so no variant stands for it",
)
@given(case=scores(ranges=((1.0, -1e7), (1e6, -1e7))))
def test_very_negative_scores(submission, reference, case):
    assert_matches(
        submission.masked_softmax(case.X, case.valid_lens), reference.masked_softmax(case.X, case.valid_lens)
    )


@graded(
    star=True,
    title={"en": "A length of 0 gives a row of zeros", "zh": "有效长度为 0 时整行权重为 0"},
    teaching="the star for lengths of 0 in the usual dtypes; float16, which draws them too, is out of many's reach",
)
@given(case=scores(smallest=0))
def test_length_zero(submission, reference, case):
    assert_matches(
        submission.masked_softmax(case.X, case.valid_lens), reference.masked_softmax(case.X, case.valid_lens)
    )


@graded(
    star=True,
    title={"en": "float16 works too, lengths of 0 included", "zh": "float16 同样适用，包括有效长度 0"},
    teaching="masks of -1e6 overflow here and nowhere else; they are right in float32, so no variant stands for them",
)
@given(case=scores(dtypes=("float16",), smallest=0, kinds=ANY_KIND))
def test_float16(submission, reference, case):
    assert_matches(
        submission.masked_softmax(case.X, case.valid_lens), reference.masked_softmax(case.X, case.valid_lens)
    )
