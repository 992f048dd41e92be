"""Properties of dot_product_attention, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. the scores are not scaled at all                                            → matches_the_reference
2. they are divided by d, or by the root of another axis (k, v)                → matches_the_reference
   or the keys are reshaped instead of transposed                              → matches_the_reference
3. `attention_weights` holds the scores                                        → weights_are_a_distribution
   or the weights after dropout                                                → dropout_in_training
4. the softmax runs over the queries                                           → weights_are_a_distribution
5. `valid_lens` is ignored, or only one of its two shapes is handled           → weights_are_a_distribution
   or lengths above k, or of a floating type, are an error                     → matches_the_reference
6. the mask is applied after the softmax                                       → weights_are_a_distribution
   or exp overflows, or a mask of -1e4 leaks                                   → large_scores
7. dropout acts on the output, or on the scores, or kept weights stay as small → dropout_in_training
8. dropout stays on in eval mode (F.dropout without training=self.training)    → no_dropout_in_eval
9. the queries are scaled in place (queries /= √d)                             → leaves_its_arguments_alone
10. the stored weights are detached first and then used                        → gradients_flow_back
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st

from grader.kit import (
    AttentionInputs,
    Exact,
    Values,
    assert_arguments_kept,
    assert_distributions,
    assert_dropped,
    assert_matches,
    assert_same,
    check,
    given,
    graded,
    sizes,
    tensor,
    valid_lens,
    vjp,
)

CLOSE = 1e-5
"""In float64, too: √d as torch.sqrt(torch.tensor(d)) is float32."""


@dataclass(frozen=True)
class Large:
    queries: Exact
    keys: Exact
    values: Values
    valid_lens: Exact | None


@dataclass(frozen=True)
class Gradient:
    queries: Values
    keys: Values
    values: Values
    valid_lens: Exact | None
    cotangent: Values


@dataclass(frozen=True)
class Dropping:
    queries: Values
    keys: Values
    valid_lens: Exact | None
    dropout: float

    @property
    def values(self):
        """(b, k, 2k): the identity twice, so that the output shows the weights that were used, twice."""
        b, k, _ = self.keys.shape
        return torch.eye(k, dtype=torch.float64).repeat(b, 1, 2)

    def shown(self):
        return {
            "queries": self.queries,
            "keys": self.keys,
            "values": self.values,
            "valid_lens": self.valid_lens,
            "dropout": self.dropout,
        }


@st.composite
def inputs(draw, dtypes=("float64", "float32"), any_lengths=False, kinds=("none", "1d", "2d")):
    """One seed draws all three tensors (Hypothesis charges by the draw).

    Lengths are integers up to k; where `any_lengths`, they go one beyond k and are of any number type.
    """
    b, q, k, d, v = (draw(sizes()) for _ in range(5))
    dtype, seed = draw(st.sampled_from(dtypes)), draw(st.integers(0, 2**16))
    lengths = draw(valid_lens(b, q, k + any_lengths, kinds=kinds))
    if any_lengths and lengths and lengths.dtype == "int32":
        lengths = Exact(lengths.data, "uint8")  # unsigned: a difference of them wraps around
    return AttentionInputs(
        queries=Values((b, q, d), seed, dtype),
        keys=Values((b, k, d), seed + 1, dtype),
        values=Values((b, k, v), seed + 2, dtype),
        valid_lens=lengths if any_lengths else lengths and Exact(lengths.data, "int64"),
    )


def near(rows, largest):
    """As many rows, each nearly (largest, …, largest) or the negative of it."""
    generator = np.random.default_rng(rows.seed)
    signs = generator.choice([-1, 1], size=(*rows.shape[:2], 1))
    entries = signs * (largest - generator.integers(0, 7, size=rows.shape) / 100)
    return Exact(tuple(tuple(map(tuple, sample)) for sample in entries.round(2).tolist()))


@st.composite
def large_inputs(draw):
    """Scores within some units of 10000 and of -10000: a mask of -1e4 leaks, added to them or put in their place."""
    case = draw(inputs(dtypes=("float64",)))
    largest = math.floor(100 * (1e4 / case.queries.shape[2] ** 0.5) ** 0.5) / 100
    return Large(near(case.queries, largest), near(case.keys, largest), case.values, case.valid_lens)


@st.composite
def gradients(draw):
    case = draw(inputs(dtypes=("float64",)))
    b, q, _ = case.queries.shape
    v = case.values.shape[2]
    return Gradient(case.queries, case.keys, case.values, case.valid_lens, Values((b, q, v), case.queries.seed + 3))


@st.composite
def droppings(draw):
    """Larger than the others: a rate shows only in numbers."""
    b, q, k, d = draw(sizes(4)), draw(sizes(16)), draw(sizes(8)), draw(sizes(3))
    seed, lengths = draw(st.integers(0, 2**16)), draw(valid_lens(b, q, k))
    return Dropping(
        queries=Values((b, q, d), seed),
        keys=Values((b, k, d), seed + 1),
        valid_lens=lengths and Exact(lengths.data, "int64"),
        dropout=draw(st.sampled_from([0.5, 0.3, 0.7])),
    )


ordinary = inputs()


def arguments(case):
    return [case.queries, case.keys, case.values, case.valid_lens]


def attend(module, case, dropout=0.0):
    """The output in eval mode."""
    return module.DotProductAttention(dropout).eval()(*arguments(case))


def otherwise(case):
    """The same with other lengths: what is made for one call is of no use in the next."""
    lens = case.valid_lens
    others = lens and Exact((case.keys.shape[1] + 1 - lens.tensor).clamp(min=1).tolist(), lens.dtype)
    return [case.queries, case.keys, case.values, others]


def attend_and_keep(module, case):
    """The output in eval mode, and the weights that were stored: those of this object's last call."""
    attention = module.DotProductAttention(0.0).eval()
    attention(*otherwise(case))
    output = attention(*arguments(case))
    module.DotProductAttention(0.0).eval()(*otherwise(case))
    b, q, _ = case.queries.shape
    weights = tensor(attention.attention_weights, "attention_weights", shape=(b, q, case.keys.shape[1]))
    return output, weights


def valid(case):
    """(b, q, k), True at the keys that count."""
    b, q, _ = case.queries.shape
    k = case.keys.shape[1]
    if case.valid_lens is None:
        return torch.ones(b, q, k, dtype=torch.bool)
    return (torch.arange(k) < case.valid_lens.tensor.reshape(b, -1, 1)).expand(b, q, k)


@graded(
    points=1,
    title={"en": "The output is (b, q, v), of the inputs' dtype", "zh": "输出的形状为 (b, q, v)，数据类型与输入相同"},
    teaching="the first to fail where the code does not run at all: it says so once, and others wait for it",
)
@given(case=ordinary)
def test_shape_and_dtype(submission, reference, case):
    attention = submission.DotProductAttention(dropout=0.0)
    given_lens = [] if case.valid_lens is None else [case.valid_lens]
    b, q, _ = case.queries.shape
    output = attention(case.queries, case.keys, case.values, *given_lens)
    tensor(output, "output", shape=(b, q, case.values.shape[2]), dtype=case.queries.tensor.dtype)


@graded(
    points=1,
    title={
        "en": "attention_weights is a distribution over the valid keys",
        "zh": "attention_weights 是有效键上的概率分布",
    },
    teaching="says what a row sums to, or that padding has a weight; the output is a mixture and shows neither",
)
@given(case=ordinary)
def test_weights_are_a_distribution(submission, reference, case):
    _, weights = attend_and_keep(submission, case)
    assert_distributions(weights, valid(case), quantity="attention_weights")


@graded(
    points=1,
    title={"en": "The output is the values mixed by attention_weights", "zh": "输出是 attention_weights 对值的加权和"},
    needs=["shape_and_dtype"],
    teaching="tells wrong weights, with which it holds, from a wrong mixture of the values, with which it does not",
)
@given(case=ordinary)
def test_output_is_the_weighted_sum(submission, reference, case):
    output, weights = attend_and_keep(submission, case)
    mixed = weights.to(case.values.tensor.dtype) @ case.values.tensor
    otherwise = {"en": "as attention_weights @ values", "zh": "而 attention_weights @ values "}
    assert_same(output, mixed, quantity="output", otherwise=otherwise)


@graded(
    points=1,
    title={
        "en": "Keys and values in another order, together, change nothing; queries reorder the outputs",
        "zh": "键和值一起换顺序，输出不变；查询换顺序，输出随之换顺序",
    },
    needs=["shape_and_dtype"],
    teaching="the law that makes attention a look-up in a set: what is found does not depend on where it stands",
)
@given(case=inputs(dtypes=("float64",), kinds=("none", "1d")))
def test_order_does_not_matter(submission, reference, case):
    generator = np.random.default_rng(case.queries.seed)
    q, keys_order = case.queries.shape[1], valid_first(case, generator)
    queries_order = torch.from_numpy(generator.permutation(q))
    samples = torch.arange(len(keys_order))[:, None]
    queries, keys, values = (one.tensor for one in (case.queries, case.keys, case.values))
    attention = submission.DotProductAttention(0.0).eval()
    before = attention(*arguments(case))
    after = attention(queries, keys[samples, keys_order], values[samples, keys_order], case.valid_lens)
    before_that = {"en": "in the order that is shown", "zh": "按所示的顺序"}
    quantity = {
        "en": f"with the keys and values of every sample in the order {keys_order.tolist()}, the output",
        "zh": f"各样本的键和值按顺序 {keys_order.tolist()} 重排后，输出",
    }
    assert_same(after, before, rtol=CLOSE, atol=CLOSE, quantity=quantity, otherwise=before_that)
    after = attention(queries[:, queries_order], keys, values, case.valid_lens)
    quantity = {
        "en": f"with the queries in the order {queries_order.tolist()}, the output",
        "zh": f"查询按顺序 {queries_order.tolist()} 重排后，输出",
    }
    before_that = {"en": "for the same query in the order that is shown", "zh": "按所示的顺序，同一个查询的输出"}
    assert_same(after, before[:, queries_order], rtol=CLOSE, atol=CLOSE, quantity=quantity, otherwise=before_that)


def valid_first(case, generator):
    """(b, k): for every sample an order in which the valid keys change places, and the masked ones stay."""
    (b, k, _), lens = case.keys.shape, case.valid_lens
    lengths = [k] * b if lens is None else lens.tensor.tolist()
    orders = [np.concatenate([generator.permutation(length), np.arange(length, k)]) for length in lengths]
    return torch.from_numpy(np.stack(orders).astype(np.int64))


@graded(
    points=1,
    title={
        "en": "Matches the reference for lengths of any number type, above k too",
        "zh": "有效长度为任意数值类型、甚至大于 k 时，都与参考实现一致",
    },
)
@given(case=inputs(any_lengths=True))
def test_matches_the_reference(submission, reference, case):
    close = 1e-4 if case.queries.dtype == "float32" else CLOSE  # large scores, and an output that may cancel to 0
    assert_matches(attend(submission, case), attend(reference, case), rtol=close, atol=close, quantity="output")


@graded(points=1, title={"en": "Leaves its arguments alone", "zh": "不改动传入的实参"}, needs=["shape_and_dtype"])
@given(case=inputs(any_lengths=True))  # those above k are cut by many
def test_leaves_its_arguments_alone(submission, reference, case):
    attention = submission.DotProductAttention(0.0).eval()
    assert_arguments_kept(attention, *arguments(case), names=["queries", "keys", "values", "valid_lens"])


@graded(
    points=1,
    title={
        "en": "Gradients flow back to queries, keys and values, but not to masked ones",
        "zh": "梯度能传回查询、键和值，但不传给被掩蔽的键和值",
    },
)
@given(case=gradients())
def test_gradients_flow_back(submission, reference, case):
    attentions = (module.DotProductAttention(0.0).eval() for module in (submission, reference))
    mine, theirs = (vjp(attention, arguments(case), case.cotangent) for attention in attentions)
    unseen = ~valid(case).any(dim=1)  # (b, k), True at the keys that no query may look at
    for position, name in ((1, "keys"), (2, "values")):
        grad = mine[f"{position}"]
        wrong = [] if grad is None else ((grad != 0).any(dim=-1) & unseen).nonzero().tolist()
        sample, key = wrong[0] if wrong else (0, 0)
        check(
            not wrong,
            {"en": f"{name}[{sample}, {key}] is masked for every query but has a gradient, expected exactly 0",
             "zh": f"{name}[{sample}, {key}] 对所有查询都被掩蔽，却得到了梯度，应恰好为 0"},
            expected=theirs[f"{position}"],
            actual=grad,
            quantity={"en": f"the gradient of {name}", "zh": f"{name} 的梯度"},
        )  # fmt: skip
    for position, name in enumerate(["queries", "keys", "values"]):
        assert_matches(
            mine[f"{position}"],
            theirs[f"{position}"],
            rtol=CLOSE,
            atol=CLOSE,
            quantity={"en": f"the gradient of {name}", "zh": f"{name} 的梯度"},
        )


@graded(
    points=1, title={"en": "Scores of ±10000 neither overflow nor leak", "zh": "分数达到 ±10000 时既不溢出也不泄漏"}
)
@given(case=large_inputs())
def test_large_scores(submission, reference, case):
    assert_matches(attend(submission, case), attend(reference, case), rtol=CLOSE, atol=CLOSE, quantity="output")


@graded(points=1, title={"en": "No dropout in eval mode", "zh": "评估模式下不使用暂退法"})
@given(case=ordinary)
def test_no_dropout_in_eval(submission, reference, case):
    assert_same(
        attend(submission, case, dropout=0.5),
        attend(submission, case),
        quantity={"en": "in eval mode with dropout=0.5, the output", "zh": "评估模式下 dropout=0.5 时，输出"},
        otherwise={"en": "with dropout=0", "zh": "dropout=0 时"},
    )


@graded(
    points=1,
    title={
        "en": "In training, dropout acts on the weights after they are stored",
        "zh": "训练时先保存权重，再对权重使用暂退法",
    },
    needs=["output_is_the_weighted_sum"],  # what dropout does is read off the output
)
@given(case=droppings())
def test_dropout_in_training(submission, reference, case):
    k, p = case.keys.shape[1], case.dropout
    still, attention = submission.DotProductAttention(0.0), submission.DotProductAttention(p)
    weights = tensor(still(*arguments(case)), "output")[:, :, :k]  # (b, q, k), the submission's own without dropout
    used, again = tensor(attention(*arguments(case)), "output").split(k, dim=-1)  # (b, q, k): the weights, twice
    check(
        torch.allclose(used, again, rtol=1e-9, atol=0),
        {
            "en": f"in training, column j and column {k} + j of values are equal but those of the output are not, "
            "expected one weight for the whole value: dropout acts on the weights, not on the output",
            "zh": f"训练时，values 的第 j 列与第 {k} + j 列相同，输出的这两列却不同；同一个值的各列应使用同一个权重："
            "暂退法应作用于权重，而不是输出",
        },
        actual=again,
        quantity=f"output[:, :, {k}:]",
    )
    assert_dropped(used, weights, p, quantity=f"output[:, :, :{k}]")
    assert_same(
        attention.attention_weights,
        still.attention_weights,
        quantity={"en": "in training, attention_weights", "zh": "训练时，attention_weights"},
        otherwise={"en": "with dropout=0", "zh": "dropout=0 时"},
    )
