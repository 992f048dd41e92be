"""Properties of multi_head_attention, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. (b, n, h·d) is reshaped to (b·h, n, d) without swapping axes                → transpose_qkv
2. the heads' features are interleaved, (d, h) instead of (h, d)               → transpose_qkv
3. transpose_output reshapes without swapping back                             → transpose_output_undoes_transpose_qkv
4. the scores are divided by the root of num_hiddens, not of the head width    → matches_the_reference
5. lengths are tiled (repeat) instead of repeated in place                     → weights_of_every_head
6. lengths (b, q) are flattened (repeat_interleave without dim=0)              → shape_and_dtype
7. W_q is made for keys and W_k for queries                                    → parameters
8. W_o is left out, or keeps its bias when bias=False                          → matches_the_reference, parameters
9. dropout acts on the output                                                  → dropout_in_training_only
10. attention_weights are (b, h, q, k), or those of the last head only         → weights_of_every_head
"""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st
from torch.nn.functional import linear, scaled_dot_product_attention

from grader.kit import (
    Exact,
    Values,
    assert_arguments_kept,
    assert_distributions,
    assert_dropped,
    assert_matches,
    assert_raises,
    assert_same,
    check,
    given,
    graded,
    helper,
    sizes,
    tensor,
    valid_lens,
    values,
    vjp,
)
from grader.kit.quantities import pair

CLOSE = 1e-5
"""In float64, too: √d as torch.sqrt(torch.tensor(d)) is float32, and large scores make its rounding error larger."""


@dataclass(frozen=True)
class Split:
    X: Values
    num_heads: int


@dataclass(frozen=True)
class Heads:
    heads: Values
    how: str


@dataclass(frozen=True)
class MultiHead:
    queries: Values
    keys: Values
    values: Values
    valid_lens: Exact | None
    num_hiddens: int
    num_heads: int
    bias: bool
    parameters: dict[str, Values]


@dataclass(frozen=True)
class Gradient:
    inputs: MultiHead
    cotangent: Values

    def shown(self):
        return {**vars(self.inputs), "cotangent": self.cotangent}


@dataclass(frozen=True)
class Dropping:
    queries: Values
    keys: Values
    valid_lens: Exact | None
    num_heads: int
    dropout: float
    W_q: Values
    W_k: Values

    @property
    def num_hiddens(self):
        return self.W_q.shape[0]

    @property
    def values(self):
        """(b, k, k): the identity, so that a head shows the weights that it used."""
        b, k, _ = self.keys.shape
        return torch.eye(k, dtype=torch.float64).repeat(b, 1, 1)

    @property
    def parameters(self):
        """Every head gets the values twice, side by side, and W_o hands the heads on as they are."""
        twice = torch.eye(self.keys.shape[1], dtype=torch.float64).repeat(2 * self.num_heads, 1)  # (h·2k, k)
        as_is = torch.eye(self.num_hiddens, dtype=torch.float64)  # (h·2k, h·2k)
        return {"W_q.weight": self.W_q, "W_k.weight": self.W_k, "W_v.weight": twice, "W_o.weight": as_is}

    @property
    def bias(self):
        return False

    def shown(self):
        names = ("queries", "keys", "values", "valid_lens", "num_hiddens", "num_heads", "bias", "parameters", "dropout")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class Indivisible:
    num_hiddens: int
    num_heads: int


@st.composite
def splits(draw):
    b, n, h, d = draw(sizes(4)), draw(sizes()), draw(sizes(4)), draw(sizes(4))
    return Split(draw(values((b, n, h * d), dtype=draw(st.sampled_from(["float64", "float32"])))), h)


@st.composite
def several_heads(draw):
    shape = (draw(sizes(4)), draw(sizes(4)), draw(sizes()), draw(sizes(4)))
    how = draw(st.sampled_from(["concat", "average"]))
    return Heads(draw(values(shape, dtype=draw(st.sampled_from(["float64", "float32"])))), how)


@st.composite
def inputs(draw, dtypes=("float64", "float32")):
    """One seed draws every tensor (Hypothesis charges by the draw); lengths go one beyond the keys."""
    b, q, k, h, d = draw(sizes(4)), draw(sizes()), draw(sizes()), draw(sizes(4)), draw(sizes(3))
    query_size, key_size, value_size = draw(sizes()), draw(sizes()), draw(sizes())
    bias, dtype, seed = draw(st.booleans()), draw(st.sampled_from(dtypes)), draw(st.integers(0, 2**16))
    ins = {"W_q": query_size, "W_k": key_size, "W_v": value_size, "W_o": h * d}
    shapes = {f"{name}.weight": (h * d, size) for name, size in ins.items()}
    if bias:
        shapes |= {f"{name}.bias": (h * d,) for name in ins}
    tensors = {name: Values(shape, seed + i, dtype, 0.25) for i, (name, shape) in enumerate(shapes.items(), start=3)}
    return MultiHead(
        queries=Values((b, q, query_size), seed, dtype),
        keys=Values((b, k, key_size), seed + 1, dtype),
        values=Values((b, k, value_size), seed + 2, dtype),
        valid_lens=draw(valid_lens(b, q, k + 1)),
        num_hiddens=h * d,
        num_heads=h,
        bias=bias,
        parameters=tensors,
    )


@st.composite
def gradients(draw):
    case = draw(inputs(dtypes=("float64",)))
    b, q, _ = case.queries.shape
    return Gradient(case, Values((b, q, case.num_hiddens), case.queries.seed + 20))


@st.composite
def droppings(draw):
    """Larger than the others: a rate shows only in numbers."""
    b, q, k, h, width = draw(sizes(3)), draw(sizes(12)), draw(sizes()), draw(sizes(3)), draw(sizes(3))
    seed = draw(st.integers(0, 2**16))
    return Dropping(
        queries=Values((b, q, width), seed),
        keys=Values((b, k, 1), seed + 1),
        valid_lens=draw(valid_lens(b, q, k + 1)),
        num_heads=h,
        dropout=draw(st.sampled_from([0.5, 0.3, 0.7])),
        W_q=Values((h * 2 * k, width), seed + 2, scale=0.25),
        W_k=Values((h * 2 * k, 1), seed + 3, scale=0.25),
    )


@st.composite
def indivisible(draw):
    h = draw(st.integers(2, 7))
    return Indivisible(h * draw(st.integers(0, 4)) + draw(st.integers(1, h - 1)), h)


splitting = splits()
ordinary = inputs()


def new(module, case, dropout=0.0):
    """An attention with its own random parameters."""
    sizes = (case.keys.shape[2], case.queries.shape[2], case.values.shape[2], case.num_hiddens, case.num_heads)
    options = {"bias": True} if case.bias else {}  # False is the default
    return module.MultiHeadAttention(*sizes, dropout, **options)


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


NAMES = ("queries", "keys", "values", "valid_lens")


@graded(
    points=1,
    title={"en": "transpose_qkv makes each head a sample", "zh": "transpose_qkv 把每个头变为一个样本"},
    teaching="names the function and shows a few numbers out of place; an einsum in forward could do without it",
)
@given(case=splitting)
def test_transpose_qkv(submission, reference, case):
    split = assert_arguments_kept(submission.transpose_qkv, case.X, case.num_heads, names=["X"]).value
    assert_matches(split, reference.transpose_qkv(case.X, case.num_heads), quantity="transpose_qkv(X)")


@graded(
    points=1,
    title={"en": "transpose_output undoes transpose_qkv", "zh": "transpose_output 是 transpose_qkv 的逆操作"},
    teaching="names the function and shows a few numbers out of place; an einsum in forward could do without it",
)
@given(case=splitting)
def test_transpose_output_undoes_transpose_qkv(submission, reference, case):
    split = reference.transpose_qkv(case.X, case.num_heads)
    back = assert_arguments_kept(submission.transpose_output, split, case.num_heads, names=["X"]).value
    assert_matches(back, case.X.tensor, quantity="transpose_output(transpose_qkv(X))")


@graded(
    points=1,
    title={"en": "combine_heads concatenates or averages", "zh": "combine_heads 拼接各个头或取其平均"},
)
@given(case=several_heads())
def test_combine_heads(submission, reference, case):
    how = [] if case.how == "concat" and case.heads.seed % 2 else [case.how]  # "concat" is also the default
    combined = assert_arguments_kept(submission.combine_heads, case.heads, *how, names=["heads"]).value
    wanted = reference.combine_heads(case.heads, case.how)
    assert_matches(combined, wanted, quantity=f"combine_heads(heads, {case.how!r})")
    mine, theirs = (vjp(module.combine_heads, [case.heads, case.how], wanted) for module in (submission, reference))
    assert_matches(mine["0"], theirs["0"], quantity={"en": "the gradient of heads", "zh": "heads 的梯度"})


@graded(
    points=1,
    title={"en": "W_q, W_k, W_v and W_o have the right sizes", "zh": "W_q、W_k、W_v 和 W_o 的大小正确"},
)
@given(case=ordinary)
def test_parameters(submission, reference, case):
    """Without a look at random values: they follow the order of the layers, and would make every diagnosis fail."""
    attention = new(submission, case)
    helper(submission, "load_parameters", attention, case.parameters)  # names what is missing or of another shape
    others = attention.load_state_dict(case.parameters, strict=False).missing_keys
    extra = sorted(name for name in others if name.endswith(".bias"))
    check(
        not extra,
        {"en": f"there is {', '.join(extra)} with bias={case.bias}, expected none",
         "zh": f"bias={case.bias} 时出现了 {', '.join(extra)}，不应有偏置"},
    )  # fmt: skip


@graded(
    points=1,
    title={
        "en": "The output is (b, q, num_hiddens), of the inputs' dtype; the arguments stay as they were",
        "zh": "输出的形状为 (b, q, num_hiddens)，数据类型与输入相同；传入的实参不被改动",
    },
)
@given(case=ordinary)
def test_shape_and_dtype(submission, reference, case):
    ended = assert_arguments_kept(build(submission, case), *arguments(case), names=NAMES)
    b, q, _ = case.queries.shape
    tensor(ended.value, "output", shape=(b, q, case.num_hiddens), dtype=case.queries.tensor.dtype)


@graded(
    points=1,
    title={
        "en": "Every head's attention_weights are distributions over its own sample's valid keys",
        "zh": "每个头的 attention_weights 都是所属样本的有效键上的概率分布",
    },
)
@given(case=ordinary)
def test_weights_of_every_head(submission, reference, case):
    attention, right = build(submission, case), build(reference, case)
    attention(*otherwise(case))
    attention(*arguments(case))
    build(submission, case)(*otherwise(case))
    right(*arguments(case))
    (b, q, _), k, h = case.queries.shape, case.keys.shape[1], case.num_heads
    weights = tensor(attention.attention.attention_weights, "attention.attention_weights", shape=(b * h, q, k))
    weights = weights.reshape(b, h, q, k)
    if case.valid_lens is not None:
        masked = (torch.arange(k) >= case.valid_lens.tensor.reshape(b, 1, -1, 1)).expand(b, h, q, k)
        leaks = (masked & (weights != 0)).nonzero().tolist()
        sample, head = leaks[0][:2] if leaks else (0, 0)
        check(
            not leaks,
            {"en": f"a masked key of sample {sample} has a weight in row {sample * h + head} (its head {head}), "
                   "expected exactly 0",
             "zh": f"样本 {sample} 中被掩蔽的键在第 {sample * h + head} 行（它的第 {head} 个头）分到了权重，"
                   "应恰好为 0"},
            expected=right.attention.attention_weights.reshape(b, h, q, k),
            actual=weights,
            quantity="attention.attention_weights.reshape(b, h, q, k)",
        )  # fmt: skip
    assert_distributions(weights, quantity="attention.attention_weights.reshape(b, h, q, k)")


@graded(
    points=1,
    title={
        "en": "Heads do not see each other; one head alone is plain attention",
        "zh": "各个头互不可见；只有一个头时就是普通的缩放点积注意力",
    },
    needs=["parameters", "shape_and_dtype"],  # a bias that should not be there is random
    teaching="the law of heads: names the head that changed with another one's parameters, where numbers only differ",
)
@given(case=inputs(dtypes=("float64",)), share=0.5)
def test_heads_are_apart(submission, reference, case):
    """W_o hands the heads on as they are."""
    h, width, size = case.num_heads, case.num_hiddens // case.num_heads, case.num_hiddens
    parameters = {name: value.tensor for name, value in case.parameters.items()}
    parameters["W_o.weight"] = torch.eye(size, dtype=torch.float64)
    if case.bias:
        parameters["W_o.bias"] = torch.zeros(size, dtype=torch.float64)
    before = output_with(submission, case, parameters)
    if h == 1:
        quantity = {"en": "output of one head", "zh": "只有一个头时的输出"}
        assert_matches(before, plain_attention(case, parameters), rtol=CLOSE, atol=CLOSE, quantity=quantity)
        return
    head = case.queries.seed % h
    own = slice(head * width, (head + 1) * width)
    changed = {name: value.clone() for name, value in parameters.items()}
    for name in changed:
        if not name.startswith("W_o"):
            changed[name][own] = 1 - changed[name][own].flip(-1)
    after = output_with(submission, case, changed)
    others = torch.arange(size) // width != head
    wrong = (others & ~torch.isclose(before, after, rtol=1e-7, atol=1e-7)).nonzero().tolist()
    place = wrong[0] if wrong else [0, 0, 0]
    was, now = pair(before[tuple(place)].item(), after[tuple(place)].item())
    check(
        not wrong,
        {"en": f"with other rows of W_q, W_k and W_v for head {head}, output{place}, which belongs to head "
               f"{place[2] // width} (W_o being the identity), went from {was} to {now}: expected heads not to see "
               "each other",
         "zh": f"换掉第 {head} 个头在 W_q、W_k、W_v 中的行后，属于第 {place[2] // width} 个头的 output{place} 由 {was} "
               f"变成了 {now}（W_o 为单位矩阵）：各个头应互不可见"},
        actual=after,
        quantity="output",
    )  # fmt: skip


def output_with(module, case, parameters):
    """The output in eval mode, with these parameters."""
    attention = new(module, case).double()
    helper(module, "load_parameters", attention, parameters)
    shape = (*case.queries.shape[:2], case.num_hiddens)
    return tensor(attention.eval()(*arguments(case)), "output", shape=shape)


def plain_attention(case, parameters):
    """What torch gives for a single head, without W_o."""
    b, k, _ = case.keys.shape
    inputs = {"W_q": case.queries, "W_k": case.keys, "W_v": case.values}
    projected = [
        linear(one.tensor, parameters[f"{name}.weight"], parameters.get(f"{name}.bias")) for name, one in inputs.items()
    ]
    lens = case.valid_lens
    valid = None if lens is None else torch.arange(k) < lens.tensor.reshape(b, -1, 1)
    return scaled_dot_product_attention(*projected, attn_mask=valid)


@graded(points=1, title={"en": "Matches the reference", "zh": "与参考实现一致"}, needs=["parameters"])
@given(case=ordinary)
def test_matches_the_reference(submission, reference, case):
    mine, theirs = (build(module, case)(*arguments(case)) for module in (submission, reference))
    close = CLOSE if case.queries.dtype == "float64" else 1e-4  # large scores, and an output that may cancel to 0
    assert_matches(mine, theirs, rtol=close, atol=close, quantity="output")


@graded(
    points=1,
    title={"en": "Gradients flow back to the inputs and to every parameter", "zh": "梯度能传回输入和每一个模型参数"},
    needs=["matches_the_reference"],
)
@given(case=gradients(), share=0.5)
def test_gradients_flow_back(submission, reference, case):
    inputs = case.inputs
    args = [inputs.queries, inputs.keys, inputs.values, inputs.valid_lens and Exact(inputs.valid_lens.data, "int64")]
    attentions = (build(module, inputs) for module in (submission, reference))
    mine, theirs = (vjp(attention, args, case.cotangent, parameters=True) for attention in attentions)
    names = {"queries": "0", "keys": "1", "values": "2", **{name: name for name in inputs.parameters}}
    for name, key in names.items():
        quantity = {"en": f"the gradient of {name}", "zh": f"{name} 的梯度"}
        assert_matches(mine.get(key), theirs[key], rtol=CLOSE, atol=CLOSE, quantity=quantity)


@graded(
    points=1,
    title={
        "en": "Dropout acts on the attention weights, in training only",
        "zh": "暂退法只在训练时使用，且作用于注意力权重",
    },
    needs=["transpose_qkv", "transpose_output_undoes_transpose_qkv", "parameters"],  # weights are read off the output
)
@given(case=droppings(), share=0.4)
def test_dropout_in_training_only(submission, reference, case):
    (b, q, _), k, h, p = case.queries.shape, case.keys.shape[1], case.num_heads, case.dropout
    attention = build(submission, case, p)
    output = tensor(attention(*arguments(case)), "output", shape=(b, q, case.num_hiddens))
    assert_same(
        attention(*arguments(case)),
        output,
        quantity={"en": "in eval mode with dropout, the output", "zh": "评估模式下使用暂退法时，输出"},
        otherwise={"en": "in the call before", "zh": "前一次调用时"},
    )
    stored = attention.attention.attention_weights
    attention.train()
    dropped = tensor(attention(*arguments(case)), "output", shape=(b, q, case.num_hiddens))
    weights, _ = output.reshape(b, q, h, 2, k).unbind(3)  # (b, q, h, k): a head shows its weights twice
    used, used_again = dropped.reshape(b, q, h, 2, k).unbind(3)  # (b, q, h, k): those that were used in training
    check(
        torch.allclose(used, used_again, rtol=1e-9, atol=0),
        {"en": "in training, two features with equal values differ in the output, expected one weight for the whole "
               "value: dropout acts on the attention weights, not on the output",
         "zh": "训练时，值相同的两个特征在输出中却不同；同一个值的各个特征应使用同一个权重："
               "暂退法应作用于注意力权重，而不是输出"},
        actual=used_again,
        quantity="output",
    )  # fmt: skip
    assert_dropped(used, weights, p, quantity="output")
    assert_same(
        attention.attention.attention_weights,
        stored,
        quantity={"en": "in training, attention.attention_weights", "zh": "训练时，attention.attention_weights"},
        otherwise={"en": "in eval mode", "zh": "评估模式下"},
    )


@graded(
    star=True,
    title={
        "en": "num_hiddens that num_heads does not divide raises ValueError",
        "zh": "num_hiddens 不能被 num_heads 整除时抛出 ValueError",
    },
)
@given(case=indivisible())
def test_indivisible_num_hiddens(submission, reference, case):
    numbers = (case.num_hiddens, case.num_heads)
    assert_raises("ValueError", submission.MultiHeadAttention, 3, 4, 5, *numbers, 0.0, mentions=numbers)
