"""Properties of query_key_value, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. keys are reshaped instead of transposed                                     → similarity_scores
2. the scores are scaled by √d, or normalised to cosines                       → similarity_scores
3. the softmax runs over the queries, or over all scores at once               → weights_are_a_distribution
4. scores are divided by their sum, without exp                                → weights_are_a_distribution
5. the weights are a softmax of something else (-score, base 2)                → weights_match_the_reference
6. exp without subtracting the maximum: overflow, or 0 / 0                     → large_scores
7. the maximum of all scores is subtracted, not that of each row: 0 / 0        → large_scores
8. the maximum is subtracted in place                                          → leaves_its_arguments_alone
9. `attend` divides by the number of keys, or by the sum of the weights        → attend
10. something is detached on the way                                           → gradients_flow_back
"""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st

from grader.kit import (
    Values,
    assert_arguments_kept,
    assert_distributions,
    assert_matches,
    assert_same,
    check,
    given,
    graded,
    sizes,
    tensor,
    vjp,
)


@dataclass(frozen=True)
class Comparing:
    queries: Values
    keys: Values


@dataclass(frozen=True)
class Scores:
    scores: Values


@dataclass(frozen=True)
class Shifted:
    scores: Values
    shift: float


@dataclass(frozen=True)
class Masked:
    drawn: Values
    pattern: Values

    @property
    def masked(self):
        """(b, q, k), True where the score is -inf: about half of the keys, never all of a row."""
        pattern = self.pattern.tensor
        return (pattern > 0) & (pattern != pattern.amin(dim=-1, keepdim=True))

    @property
    def scores(self):
        return self.drawn.tensor.masked_fill(self.masked, float("-inf"))

    def shown(self):
        return {"scores": self.scores}


@dataclass(frozen=True)
class Mixing:
    weights: Values
    values: Values


@dataclass(frozen=True)
class Gradient:
    queries: Values
    keys: Values
    scores: Values
    weights: Values
    values: Values
    cotangent_of_scores: Values  # of the weights too
    cotangent_of_output: Values


dtypes = st.sampled_from(["float64", "float32"])
seeds = st.integers(0, 2**16)


@st.composite
def comparing(draw):
    b, q, k, d, dtype, seed = draw(sizes()), draw(sizes()), draw(sizes()), draw(sizes()), draw(dtypes), draw(seeds)
    return Comparing(Values((b, q, d), seed, dtype), Values((b, k, d), seed + 1, dtype))


@st.composite
def scores(draw, scales=(1.0,), offsets=(0.0,)):
    shape = (draw(sizes()), draw(sizes()), draw(sizes()))
    scale, offset = draw(st.sampled_from(scales)), draw(st.sampled_from(offsets))
    return Scores(Values(shape, draw(seeds), draw(dtypes), scale, offset))


@st.composite
def shifted(draw):
    shape = (draw(sizes()), draw(sizes()), draw(sizes()))
    return Shifted(Values(shape, draw(seeds)), draw(st.sampled_from([5.0, -2.5, 0.1])))


@st.composite
def masked(draw):
    shape, seed, dtype = (draw(sizes()), draw(sizes()), draw(sizes())), draw(seeds), draw(dtypes)
    return Masked(Values(shape, seed, dtype), Values(shape, seed + 1))


@st.composite
def mixing(draw):
    b, q, k, v, dtype, seed = draw(sizes()), draw(sizes()), draw(sizes()), draw(sizes()), draw(dtypes), draw(seeds)
    return Mixing(Values((b, q, k), seed, dtype), Values((b, k, v), seed + 1, dtype))


@st.composite
def gradients(draw):
    """One seed draws all seven tensors (Hypothesis charges by the draw)."""
    b, q, k, d, v, seed = *(draw(sizes()) for _ in range(5)), draw(seeds)
    shapes = [(b, q, d), (b, k, d), (b, q, k), (b, q, k), (b, k, v), (b, q, k), (b, q, v)]
    return Gradient(*(Values(shape, seed + i) for i, shape in enumerate(shapes)))


ordinary = scores()
everything = gradients()


@graded(
    points=2,
    title={
        "en": "Scores are the dot products of queries and keys, (b, q, k)",
        "zh": "分数是查询与键的点积，形状为 (b, q, k)",
    },
)
@given(case=comparing())
def test_similarity_scores(submission, reference, case):
    atol = 1e-4 if case.queries.dtype == "float32" else None  # a score may cancel to 0
    mine, theirs = (module.similarity_scores(case.queries, case.keys) for module in (submission, reference))
    assert_matches(mine, theirs, atol=atol, quantity="similarity_scores(queries, keys)")


@graded(
    points=1,
    title={
        "en": "Weights have the shape and dtype of the scores; every row is a distribution",
        "zh": "权重与分数的形状、数据类型相同，每一行都是概率分布",
    },
)
@given(case=ordinary)
def test_weights_are_a_distribution(submission, reference, case):
    weights = submission.attention_weights(case.scores)
    assert_distributions(tensor(weights, "weights", shape=case.scores.shape, dtype=case.scores.tensor.dtype))


@graded(
    points=1,
    title={
        "en": "Adding the same number to all scores of a query changes no weight",
        "zh": "给一个查询的所有分数加上同一个数，权重不变",
    },
    needs=["weights_are_a_distribution"],
    teaching="the law that makes the softmax safe: it is why the largest score may be subtracted",
)
@given(case=shifted())
def test_a_common_shift_changes_nothing(submission, reference, case):
    scores = case.scores.tensor
    rows = torch.arange(scores.shape[1], dtype=scores.dtype)[:, None]  # (q, 1): another number for each query
    again = submission.attention_weights(scores + case.shift * (rows + 1))
    assert_same(
        again,
        tensor(submission.attention_weights(scores), "weights"),
        quantity={
            "en": f"attention_weights(scores) after {case.shift} · (j + 1) is added to all scores of query j",
            "zh": f"给查询 j 的所有分数加上 {case.shift} · (j + 1) 之后，attention_weights(scores)",
        },
        otherwise={"en": "before that", "zh": "在此之前"},
    )


@graded(
    points=1,
    title={"en": "Weights match the reference", "zh": "权重与参考实现一致"},
    needs=["weights_are_a_distribution", "a_common_shift_changes_nothing"],
)
@given(case=ordinary)
def test_weights_match_the_reference(submission, reference, case):
    mine, theirs = (module.attention_weights(case.scores) for module in (submission, reference))
    assert_matches(mine, theirs, quantity="attention_weights(scores)")


@graded(
    points=2,
    title={"en": "The output is the weighted sum of the values, (b, q, v)", "zh": "输出是值的加权和，形状为 (b, q, v)"},
)
@given(case=mixing())
def test_attend(submission, reference, case):
    atol = 1e-4 if case.weights.dtype == "float32" else None  # an output may cancel to 0
    mine, theirs = (module.attend(case.weights, case.values) for module in (submission, reference))
    assert_matches(mine, theirs, atol=atol, quantity="attend(weights, values)")


@graded(points=1, title={"en": "Leaves its arguments alone", "zh": "不改动传入的实参"})
@given(case=everything)
def test_leaves_its_arguments_alone(submission, reference, case):
    assert_arguments_kept(submission.similarity_scores, case.queries, case.keys, names=["queries", "keys"])
    assert_arguments_kept(submission.attention_weights, case.scores, names=["scores"])
    assert_arguments_kept(submission.attend, case.weights, case.values, names=["weights", "values"])


@graded(
    points=1,
    title={"en": "Gradients flow back through all three functions", "zh": "梯度能通过三个函数传回"},
    needs=["similarity_scores", "weights_match_the_reference", "attend"],
)
@given(case=everything)
def test_gradients_flow_back(submission, reference, case):
    for function, names, cotangent in (
        ("similarity_scores", ["queries", "keys"], case.cotangent_of_scores),
        ("attention_weights", ["scores"], case.cotangent_of_scores),
        ("attend", ["weights", "values"], case.cotangent_of_output),
    ):
        args = [getattr(case, name) for name in names]
        mine, theirs = (vjp(getattr(module, function), args, cotangent) for module in (submission, reference))
        for position, name in enumerate(names):
            quantity = {"en": f"the gradient of {name} in {function}", "zh": f"{function} 中 {name} 的梯度"}
            assert_matches(mine[f"{position}"], theirs[f"{position}"], quantity=quantity)


@graded(
    points=1,
    title={
        "en": "Scores of ±10000 give neither overflow nor 0 / 0",
        "zh": "分数达到 ±10000 时既不溢出，也不出现 0 / 0",
    },
    needs=["weights_match_the_reference"],
)
@given(case=scores(scales=(1.0, 1e3), offsets=(-7e3, 0.0, 7e3)))
def test_large_scores(submission, reference, case):
    weights = submission.attention_weights(case.scores)
    if case.scores.dtype == "float64":
        assert_matches(weights, reference.attention_weights(case.scores), quantity="weights")
        return
    # float32 has steps of 0.001 near 10000: exp(s - logsumexp) may be off by as much and is right.
    sums = tensor(weights, "weights", shape=case.scores.shape).sum(dim=-1)  # (b, q)
    off = ~((sums - 1).abs() <= 2e-3)  # NaN too
    check(
        not off.any(),
        {
            "en": f"the weights of row {off.nonzero()[:1].flatten().tolist()} sum to "
            f"{float(sums[off][0]) if off.any() else 1.0:.6g}, expected 1",
            "zh": f"第 {off.nonzero()[:1].flatten().tolist()} 行的权重之和为 "
            f"{float(sums[off][0]) if off.any() else 1.0:.6g}，应为 1",
        },
        expected=torch.ones_like(sums),
        actual=sums,
        quantity="weights.sum(dim=-1)",
    )


@graded(
    star=True,
    title={
        "en": "A score of -inf beside finite ones gives a weight of exactly 0",
        "zh": "与有限的分数同行的 -inf 得到的权重恰好为 0",
    },
    teaching="masks put -inf into the scores; 1 / Σ exp(s_j - s_i) is right for all finite scores and NaN here",
)
@given(case=masked())
def test_minus_infinity(submission, reference, case):
    weights = tensor(submission.attention_weights(case.scores), "weights", shape=case.drawn.shape)
    check(
        (weights[case.masked] == 0).all(),
        {"en": "a score of -inf has a weight, expected exactly 0", "zh": "分数为 -inf 处的权重应恰好为 0"},
        expected=reference.attention_weights(case.scores),
        actual=weights,
        quantity="weights",
    )
    assert_matches(weights, reference.attention_weights(case.scores), quantity="weights")
