"""Properties of additive_attention, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. W_k is made for queries and W_q for keys; a bias is left in                 → parameters
2. queries and keys are broadcast along each other's axis: (b, k, q)           → shape_and_dtype
3. the values are replaced by the projected keys                               → shape_and_dtype
4. the softmax runs over the queries                                           → weights_are_a_distribution
5. `valid_lens` is ignored, or only one of its two shapes is handled           → weights_are_a_distribution
6. there is no tanh, or it comes after w_v, or it is another function          → matches_the_reference
7. the scores are scaled, as those of dot products are                         → matches_the_reference
8. the weights are detached first and then used                                → gradients_flow_back
9. tanh by hand from exp(x) overflows; exp without the maximum does            → large_inputs
10. dropout acts on the output or the features, or in eval mode too; or the    → dropout_in_training,
   weights are stored after it                                                   no_dropout_in_eval
11. padding is hidden by adding −10000 to its score                            → large_inputs
"""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st

from grader.kit import (
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
    helper,
    sizes,
    tensor,
    valid_lens,
    vjp,
)


@dataclass(frozen=True)
class Additive:
    queries: Values
    keys: Values
    values: Values
    valid_lens: Exact | None
    parameters: dict[str, Values]


@dataclass(frozen=True)
class Gradient:
    inputs: Additive
    cotangent: Values

    def shown(self):
        return {**vars(self.inputs), "cotangent": self.cotangent}


@dataclass(frozen=True)
class Dropping:
    queries: Values
    keys: Values
    valid_lens: Exact | None
    parameters: dict[str, Values]
    dropout: float

    @property
    def values(self):
        """(b, k, 2k): the identity twice, so that the output shows the weights that were used, twice."""
        b, k, _ = self.keys.shape
        return torch.eye(k, dtype=torch.float64).repeat(b, 1, 2)

    def shown(self):
        names = ("queries", "keys", "values", "valid_lens", "parameters", "dropout")
        return {name: getattr(self, name) for name in names}


def parameters(seed, dtype, key_size, query_size, h, score_scale=0.25, score_offset=0.0):
    return {
        "W_k.weight": Values((h, key_size), seed, dtype, 0.25),
        "W_q.weight": Values((h, query_size), seed + 1, dtype, 0.25),
        "w_v.weight": Values((1, h), seed + 2, dtype, score_scale, score_offset),
    }


@st.composite
def inputs(draw, dtypes=("float64", "float32"), scale=1.0, large=False):
    """One seed draws every tensor (Hypothesis charges by the draw); lengths go one beyond the keys.

    Large scores come near ±9600, far enough apart for a mask that adds -10000 to leak.
    """
    b, q, k, v, h = draw(sizes(4)), draw(sizes()), draw(sizes()), draw(sizes(4)), draw(sizes(4))
    query_size, key_size = draw(sizes(4)), draw(sizes(4))
    dtype, seed = draw(st.sampled_from(dtypes)), draw(st.integers(0, 2**16))
    return Additive(
        queries=Values((b, q, query_size), seed, dtype, scale),
        keys=Values((b, k, key_size), seed + 1, dtype, scale),
        values=Values((b, k, v), seed + 2, dtype),
        valid_lens=draw(valid_lens(b, q, k + 1)),
        parameters=parameters(seed + 3, dtype, key_size, query_size, h, *((300 / h, 8700 / h) if large else ())),
    )


@st.composite
def gradients(draw):
    case = draw(inputs(dtypes=("float64",)))
    shape = (*case.queries.shape[:2], case.values.shape[2])
    return Gradient(case, Values(shape, case.queries.seed + 6))


@st.composite
def droppings(draw):
    """Larger than the others: a rate shows only in numbers."""
    b, q, k, h = draw(sizes(4)), draw(sizes(16)), draw(sizes(8)), draw(sizes(3))
    query_size, key_size, seed = draw(sizes(3)), draw(sizes(3)), draw(st.integers(0, 2**16))
    return Dropping(
        queries=Values((b, q, query_size), seed),
        keys=Values((b, k, key_size), seed + 1),
        valid_lens=draw(valid_lens(b, q, k + 1)),
        parameters=parameters(seed + 3, "float64", key_size, query_size, h),
        dropout=draw(st.sampled_from([0.5, 0.3, 0.7])),
    )


ordinary = inputs()


def new(module, case, dropout=0.0):
    """An attention with its own random parameters."""
    h = case.parameters["w_v.weight"].shape[1]
    return module.AdditiveAttention(case.keys.shape[2], case.queries.shape[2], h, dropout)


def build(module, case, dropout=0.0):
    """An attention with the case's parameters, in eval mode."""
    attention = new(module, case, dropout)
    if case.queries.dtype == "float64":
        attention.double()
    helper(module, "load_parameters", attention, case.parameters)
    return attention.eval()


def arguments(case):
    return [case.queries, case.keys, case.values, case.valid_lens]


def otherwise(case):
    """The same with other lengths: what is made for one call is of no use in the next."""
    lens = case.valid_lens
    others = lens and Exact((case.keys.shape[1] + 1 - lens.tensor).clamp(min=1).tolist(), lens.dtype)
    return [case.queries, case.keys, case.values, others]


def attend_and_keep(module, case):
    """The output in eval mode, and the weights that were stored: those of this object's last call."""
    attention = build(module, case)
    attention(*otherwise(case))
    output = attention(*arguments(case))
    build(module, case)(*otherwise(case))
    (b, q, _), k = case.queries.shape, case.keys.shape[1]
    return output, tensor(attention.attention_weights, "attention_weights", shape=(b, q, k))


def valid(case):
    """(b, q, k), True at the keys that count."""
    (b, q, _), k = case.queries.shape, case.keys.shape[1]
    if case.valid_lens is None:
        return torch.ones(b, q, k, dtype=torch.bool)
    return (torch.arange(k) < case.valid_lens.tensor.reshape(b, -1, 1)).expand(b, q, k)


@graded(
    points=1,
    title={
        "en": "W_k, W_q and w_v have the right sizes, and no bias",
        "zh": "W_k、W_q 和 w_v 的大小正确，且没有偏置",
    },
)
@given(case=ordinary)
def test_parameters(submission, reference, case):
    state = new(submission, case).state_dict()
    for name, wanted in case.parameters.items():
        check(
            name in state,
            {"en": f"state_dict() has no {name}; it has {', '.join(state) or 'nothing'}",
             "zh": f"state_dict() 中没有 {name}；其中有：{', '.join(state) or '（空）'}"},
        )  # fmt: skip
        tensor(state[name], name, shape=wanted.shape)
    extra = sorted(name for name in state if name.endswith(".bias"))
    check(
        not extra,
        {"en": f"there is {', '.join(extra)}, expected no bias", "zh": f"出现了 {', '.join(extra)}，不应有偏置"},
    )


@graded(
    points=1,
    title={
        "en": "The output is (b, q, v), of the inputs' dtype; the arguments stay as they were",
        "zh": "输出的形状为 (b, q, v)，数据类型与输入相同；传入的实参不被改动",
    },
)
@given(case=ordinary)
def test_shape_and_dtype(submission, reference, case):
    names = ("queries", "keys", "values", "valid_lens")
    ended = assert_arguments_kept(build(submission, case), *arguments(case), names=names)
    shape = (*case.queries.shape[:2], case.values.shape[2])
    tensor(ended.value, "output", shape=shape, dtype=case.queries.tensor.dtype)


@graded(
    points=1,
    title={
        "en": "attention_weights is a distribution over the valid keys",
        "zh": "attention_weights 是有效键上的概率分布",
    },
)
@given(case=ordinary)
def test_weights_are_a_distribution(submission, reference, case):
    _, weights = attend_and_keep(submission, case)
    assert_distributions(weights, valid(case), quantity="attention_weights")


@graded(
    points=1,
    title={"en": "The output is the values mixed by attention_weights", "zh": "输出是 attention_weights 对值的加权和"},
    needs=["shape_and_dtype"],
    teaching="looks at the last step alone, on the submission's own weights, so that a wrong score is not blamed on it",
)
@given(case=ordinary)
def test_output_is_the_weighted_sum(submission, reference, case):
    output, weights = attend_and_keep(submission, case)
    mixed = weights.to(case.values.tensor.dtype) @ case.values.tensor
    assert_same(
        output, mixed, quantity="output", otherwise={"en": "as attention_weights @ values", "zh": "而 attention_weights @ values "},
        atol=1e-4 if case.values.dtype == "float32" else None,
    )  # fmt: skip


@graded(
    points=2,
    title={"en": "Matches the reference", "zh": "与参考实现一致"},
    needs=["parameters", "weights_are_a_distribution", "output_is_the_weighted_sum"],
)
@given(case=ordinary)
def test_matches_the_reference(submission, reference, case):
    mine, theirs = (build(module, case)(*arguments(case)) for module in (submission, reference))
    atol = 1e-4 if case.queries.dtype == "float32" else None  # an output may cancel to 0
    assert_matches(mine, theirs, atol=atol, quantity="output")


@graded(
    points=1,
    title={"en": "Gradients flow back to the inputs and to every parameter", "zh": "梯度能传回输入和每一个模型参数"},
    needs=["matches_the_reference"],
)
@given(case=gradients())
def test_gradients_flow_back(submission, reference, case):
    inputs = case.inputs
    args = [inputs.queries, inputs.keys, inputs.values, inputs.valid_lens and Exact(inputs.valid_lens.data, "int64")]
    attentions = (build(module, inputs) for module in (submission, reference))
    mine, theirs = (vjp(attention, args, case.cotangent, parameters=True) for attention in attentions)
    names = {"queries": "0", "keys": "1", "values": "2", **{name: name for name in inputs.parameters}}
    for name, key in names.items():
        assert_matches(mine.get(key), theirs[key], quantity={"en": f"the gradient of {name}", "zh": f"{name} 的梯度"})


@graded(
    points=1,
    title={
        "en": "Inputs and scores of thousands neither overflow nor leak",
        "zh": "输入和分数达到数千时既不溢出也不泄漏",
    },
    needs=["matches_the_reference"],
)
@given(case=inputs(dtypes=("float64",), scale=1e3, large=True))
def test_large_inputs(submission, reference, case):
    mine, theirs = (build(module, case)(*arguments(case)) for module in (submission, reference))
    assert_matches(mine, theirs, quantity="output")


@graded(points=1, title={"en": "No dropout in eval mode", "zh": "评估模式下不使用暂退法"}, needs=["parameters"])
@given(case=ordinary)
def test_no_dropout_in_eval(submission, reference, case):
    mine, theirs = (build(submission, case, dropout)(*arguments(case)) for dropout in (0.5, 0.0))
    assert_same(
        mine,
        theirs,
        quantity={"en": "in eval mode with dropout=0.5, the output", "zh": "评估模式下 dropout=0.5 时，输出"},
        otherwise={"en": "with dropout=0", "zh": "dropout=0 时"},
    )


@graded(
    points=1,
    title={
        "en": "In training, dropout acts on the weights after they are stored",
        "zh": "训练时先保存权重，再对权重使用暂退法",
    },
    needs=["parameters", "output_is_the_weighted_sum"],  # what dropout does is read off the output
)
@given(case=droppings())
def test_dropout_in_training(submission, reference, case):
    k, p = case.keys.shape[1], case.dropout
    still, attention = (build(submission, case, dropout).train() for dropout in (0.0, p))
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
