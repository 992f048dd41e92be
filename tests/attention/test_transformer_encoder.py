"""Properties of transformer_encoder, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. sizes are handed on in another order, use_bias not at all; blocks are one and the same  → parameters
2. X is added to in place (X += attention(…))                                              → shape_and_dtype
3. no residual connection; pre-norm; the second one starts from X instead of Y             → residual_paths
4. lengths are not handed on, or to the first block only                                   → padding_is_invisible
5. lengths per position are taken for lengths per sample                                   → block_matches
6. one add & norm serves both sublayers                                                    → parameters, block_matches
7. embeddings are not scaled, by d instead of √d, after the positions, in place            → embeddings_and_positions
8. every block gets the embeddings; the last one is left out                               → encoder_matches
9. attention_weights are the last block's only, grow from call to call                     → encoder_matches
   a mask is kept from the first call                                                      → encoder_matches
10. dropout is not handed on to a part                                                     → dropout_in_training,
                                                                                             embeddings_and_positions
11. lengths above n are cut in the caller's tensor                                         → embeddings_and_positions
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from hypothesis import strategies as st
from torch.nn.functional import layer_norm

from grader.kit import (
    Exact,
    Values,
    assert_arguments_kept,
    assert_distributions,
    assert_drop_rate,
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

CLOSE = {"float64": {"rtol": 1e-5, "atol": 1e-5}, "float32": {"rtol": 1e-3, "atol": 1e-3}}
"""In float64, too: √d as torch.sqrt(torch.tensor(d)) is float32, as are angles; normalization makes errors larger."""

HEADS = [(1, 4), (2, 2), (3, 2), (4, 1), (2, 3), (1, 6), (2, 4), (4, 2)]
"""num_heads, and the width of one: together even and at least 4 (two numbers are ±1, whatever they were before)."""


@dataclass(frozen=True)
class Inside:
    """What is inside a block; every parameter follows from one seed (they are too many to be shown; --debug has them)."""

    num_heads: int
    num_hiddens: int
    norm_shape: int | list[int]
    ffn_num_hiddens: int
    use_bias: bool
    seed: int
    dtype: str
    smooth: bool

    def parameters(self, block=""):
        d, hidden = self.num_hiddens, self.ffn_num_hiddens
        projections = [f"attention.{name}" for name in ("W_q", "W_k", "W_v", "W_o")]
        shapes = {f"{name}.weight": (d, d) for name in projections}
        shapes |= {f"{name}.bias": (d,) for name in projections if self.use_bias}
        norm = tuple(self.norm_shape) if isinstance(self.norm_shape, list) else (self.norm_shape,)
        shapes |= {f"{name}.ln.{kind}": norm for name in ("addnorm1", "addnorm2") for kind in ("weight", "bias")}
        shapes |= {"ffn.dense1.weight": (hidden, d), "ffn.dense1.bias": (hidden,)}
        shapes |= {"ffn.dense2.weight": (d, hidden), "ffn.dense2.bias": (d,)}
        scales = {"ln.weight": (0.25, 1.0), "dense1.bias": (0.25, 0.005), "ln.bias": (0.1, 0.0)}
        if self.smooth:  # far from the corner of ReLU
            scales |= {"dense1.weight": (0.05, 0.0), "dense1.bias": (0.1, 2.0)}
        first = self.seed + sum(map(ord, block))
        return {
            block + name: Values(shape, first + i, self.dtype, *scales.get(name.split(".", 1)[1], (0.25, 0.0)))
            for i, (name, shape) in enumerate(shapes.items())
        }

    def shown(self):
        names = ("num_hiddens", "num_heads", "norm_shape", "ffn_num_hiddens")
        return {**{name: getattr(self, name) for name in names}, **({"use_bias": True} if self.use_bias else {})}


@dataclass(frozen=True)
class Block:
    X: Values
    valid_lens: Exact | None
    inside: Inside

    def shown(self):
        return {"X": self.X, "valid_lens": self.valid_lens, **self.inside.shown()}


@dataclass(frozen=True)
class Encoder:
    X: Exact
    valid_lens: Exact | None
    vocab_size: int
    num_layers: int
    inside: Inside
    other: Exact  # what stands at padding instead, or other tokens for a call before this one

    @cached_property
    def parameters(self):
        shape = (self.vocab_size, self.inside.num_hiddens)
        embedding = {"embedding.weight": Values(shape, self.inside.seed + 99, self.inside.dtype)}
        blocks = (self.inside.parameters(f"blks.{i}.") for i in range(self.num_layers))
        return {name: value for part in (embedding, *blocks) for name, value in part.items()}

    @property
    def cotangent(self):
        return Values((*self.X.tensor.shape, self.inside.num_hiddens), self.inside.seed + 98)

    def shown(self):
        sizes = {"vocab_size": self.vocab_size, "num_layers": self.num_layers, **self.inside.shown()}
        return {"X": self.X, "valid_lens": self.valid_lens, **sizes}


@dataclass(frozen=True)
class Sizes:
    vocab_size: int
    key_size: int
    query_size: int
    value_size: int
    num_hiddens: int
    norm_shape: int
    ffn_num_input: int
    ffn_num_hiddens: int
    num_heads: int
    num_layers: int
    use_bias: bool

    @property
    def shapes(self):
        d, hidden = self.num_hiddens, self.ffn_num_hiddens
        projections = {"W_q": self.query_size, "W_k": self.key_size, "W_v": self.value_size, "W_o": d}
        block = {f"attention.{name}.weight": (d, size) for name, size in projections.items()}
        block |= {f"attention.{name}.bias": (d,) for name in projections if self.use_bias}
        block |= {f"addnorm{i}.ln.{kind}": (self.norm_shape,) for i in (1, 2) for kind in ("weight", "bias")}
        block |= {"ffn.dense1.weight": (hidden, self.ffn_num_input), "ffn.dense1.bias": (hidden,)}
        block |= {"ffn.dense2.weight": (d, hidden), "ffn.dense2.bias": (d,)}
        blocks = {f"blks.{i}.{name}": shape for i in range(self.num_layers) for name, shape in block.items()}
        return {"embedding.weight": (self.vocab_size, d), **blocks}


@dataclass(frozen=True)
class Dropping:
    """A block that is open to view: features 2, 3, … of what a sublayer gives are equal, feature 1 is 0."""

    X: Values
    num_hiddens: int
    dropout: float

    @property
    def tokens(self):
        return torch.zeros(self.X.shape[0], 1, dtype=torch.int64)

    @property
    def first_alone(self):
        """(b, 1, d): feature 0 is that of X, the others are 0."""
        return torch.nn.functional.pad(self.X.tensor, (0, self.num_hiddens - 1))

    def parameters(self, sublayer):
        """Only one of the two sublayers gives something other than 0."""
        d = self.num_hiddens
        zeros, ones, identity = torch.zeros(d, d).double(), torch.ones(d).double(), torch.eye(d).double()
        copies, equal = zeros.clone(), ones.clone()
        copies[2:, 0], equal[1] = 1, 0
        attention = sublayer == "attention"
        named = {f"attention.W_{name}.weight": zeros for name in "qk"}
        named |= {"attention.W_v.weight": copies if attention else zeros, "attention.W_o.weight": identity}
        named |= {"addnorm1.ln.weight": ones if attention else zeros[0], "addnorm1.ln.bias": zeros[0]}
        named |= {"ffn.dense1.weight": zeros, "ffn.dense1.bias": zeros[0], "ffn.dense2.weight": zeros}
        named |= {"ffn.dense2.bias": zeros[0] if attention else equal}
        return {**named, "addnorm2.ln.weight": ones, "addnorm2.ln.bias": zeros[0]}


@st.composite
def insides(draw, n, shapes, dtypes, smooth):
    (h, width), kind = draw(st.sampled_from(HEADS)), draw(st.sampled_from(shapes))
    norm_shape = {"d": h * width, "[d]": [h * width], "[n, d]": [n, h * width]}[kind]
    more = draw(sizes()), draw(st.booleans()), draw(st.integers(0, 2**16)), draw(st.sampled_from(dtypes))
    return Inside(h, h * width, norm_shape, *more, smooth)


@st.composite
def blocks(draw, dtypes=("float64", "float32")):
    """Few draws (Hypothesis charges by the draw); lengths go one beyond n."""
    b, n = draw(sizes(3)), draw(sizes())
    inside = draw(insides(n, ["d", "[d]", "[n, d]"], dtypes, smooth=False))
    X = Values((b, n, inside.num_hiddens), inside.seed + 50, inside.dtype)
    return Block(X, draw(valid_lens(b, n, n + 1)), inside)


@st.composite
def encoders(
    draw, shapes=("d", "[d]", "[n, d]"), dtypes=("float64", "float32"), layers=(0, 1, 2), padded=False, smooth=False
):
    """Tokens, other tokens, and lengths up to n + 1, or, where `padded`, per sample and mostly below n."""
    b, n, vocab_size, num_layers = (
        draw(sizes(3)),
        draw(sizes(5, 1 + padded)),
        draw(sizes(7)),
        draw(st.sampled_from(layers)),
    )
    inside = draw(insides(n, shapes, dtypes, smooth))
    X, other = (
        torch.randint(vocab_size, (b, n), generator=torch.Generator().manual_seed(inside.seed + i)) for i in (0, 1)
    )
    lens = draw(valid_lens(b, n, n - 1, kinds=("1d",)) if padded else valid_lens(b, n, n + 1))
    return Encoder(Exact(X.tolist(), "int64"), lens, vocab_size, num_layers, inside, Exact(other.tolist(), "int64"))


@st.composite
def handed_over(draw):
    """Sizes that all differ in general; there is no input that fits."""
    h, layers, bias = draw(sizes(3)), draw(sizes(2)), draw(st.booleans())
    vocab, key, query, value, norm, ins, hidden = (draw(sizes(6)) for _ in range(7))
    return Sizes(vocab, key, query, value, 2 * h * draw(sizes(2)), norm, ins, hidden, h, layers, bias)


@st.composite
def droppings(draw):
    """Larger than the others: a rate shows only in numbers. Heads are one feature wide."""
    b, half, p = draw(sizes(32)), draw(sizes(8, 2)), draw(st.sampled_from([0.5, 0.3, 0.7]))
    return Dropping(Values((b, 1, 1), draw(st.integers(0, 2**16)), nonzero=True), 2 * half, p)


ordinary = blocks()


def new_block(module, inside, dropout):
    sizes = (inside.num_hiddens,) * 4 + (inside.norm_shape, inside.num_hiddens, inside.ffn_num_hiddens)
    return module.EncoderBlock(*sizes, inside.num_heads, dropout, **({"use_bias": True} if inside.use_bias else {}))


def build_block(module, case, dropout=0.0, changes=None):
    """A block with the case's parameters, in eval mode."""
    block = new_block(module, case.inside, dropout)
    if case.inside.dtype == "float64":
        block.double()
    helper(module, "load_parameters", block, {**case.inside.parameters(), **(changes or {})})
    return block.eval()


def build(module, case, dropout=0.0):
    """An encoder with the case's parameters, in eval mode."""
    inside = case.inside
    sizes = (inside.num_hiddens,) * 4 + (inside.norm_shape, inside.num_hiddens, inside.ffn_num_hiddens)
    more = {"use_bias": True} if inside.use_bias else {}  # False is the default
    encoder = module.TransformerEncoder(case.vocab_size, *sizes, inside.num_heads, case.num_layers, dropout, **more)
    if inside.dtype == "float64":
        encoder.double()
    helper(module, "load_parameters", encoder, case.parameters)
    return encoder.eval()


def beside(name, state):
    """The names in the same part, in an order that no style of writing it changes."""
    part = name.rpartition(".")[0].rpartition(".")[0]
    return sorted(one for one in state if one.startswith(part))


@graded(
    points=1,
    title={"en": "Every part is there, with the right sizes and biases", "zh": "各个部件齐全，大小与偏置正确"},
)
@given(case=handed_over(), share=0.4)
def test_parameters(submission, reference, case):
    encoder = submission.TransformerEncoder(
        case.vocab_size, case.key_size, case.query_size, case.value_size, case.num_hiddens, case.norm_shape,
        case.ffn_num_input, case.ffn_num_hiddens, case.num_heads, case.num_layers, 0.0,
        **({"use_bias": True} if case.use_bias else {}),
    )  # fmt: skip
    state = encoder.state_dict()
    state = dict(zip(helper(submission, "blocks_in_order", list(state)), state.values(), strict=True))
    for name, shape in case.shapes.items():
        check(
            name in state,
            {"en": f"state_dict() has no {name}; it has {', '.join(beside(name, state)) or 'nothing'} there",
             "zh": f"state_dict() 中没有 {name}；同处有：{', '.join(beside(name, state)) or '（空）'}"},
        )  # fmt: skip
        tensor(state[name], name, shape=shape)
    extra = [name for name in state if ".attention." in name and name.endswith(".bias") and name not in case.shapes]
    check(
        not extra,
        {"en": f"there is {', '.join(extra)} with use_bias={case.use_bias}, expected none",
         "zh": f"use_bias={case.use_bias} 时出现了 {', '.join(extra)}，不应有偏置"},
    )  # fmt: skip


@graded(
    points=1,
    title={
        "en": "A block keeps the shape and dtype of X; its arguments stay as they were",
        "zh": "编码器块保持 X 的形状和数据类型；传入的实参不被改动",
    },
)
@given(case=ordinary, share=0.4)
def test_shape_and_dtype(submission, reference, case):
    ended = assert_arguments_kept(build_block(submission, case), case.X, case.valid_lens, names=["X", "valid_lens"])
    tensor(ended.value, "output", shape=case.X.shape, dtype=case.X.tensor.dtype)


@graded(
    points=1,
    title={
        "en": "Where both sublayers give 0, a block normalizes X twice",
        "zh": "两个子层都输出 0 时，编码器块对 X 做两次层规范化",
    },
    teaching="shows the residual paths alone: without one, or with the normalization elsewhere, X does not come through",
)
@given(case=blocks(dtypes=("float64",)), share=0.4)
def test_residual_paths(submission, reference, case):
    given = case.inside.parameters()
    names = ("attention.W_o.weight", "attention.W_o.bias", "ffn.dense2.weight", "ffn.dense2.bias")
    zeros = {name: torch.zeros(given[name].shape, dtype=torch.float64) for name in names if name in given}
    wanted = case.X.tensor
    for name in ("addnorm1.ln", "addnorm2.ln"):
        weight, bias = (given[f"{name}.{kind}"].tensor for kind in ("weight", "bias"))
        wanted = layer_norm(wanted, weight.shape, weight, bias)
    output = build_block(submission, case, changes=zeros)(case.X, case.valid_lens)
    quantity = {"en": "output, with W_o and dense2 set to 0,", "zh": "W_o 与 dense2 置 0 后的输出"}
    assert_matches(output, wanted, atol=1e-6, quantity=quantity)


@graded(
    points=1,
    title={"en": "No block sees the padding", "zh": "任何一个块都看不到填充"},
    teaching="the law that lengths are there for: what stands at padding does not matter to the rest, through two blocks",
)
@given(case=encoders(shapes=("d", "[d]"), dtypes=("float64",), layers=(1, 2), padded=True), share=0.2)
def test_padding_is_invisible(submission, reference, case):
    X, other, lens = case.X.tensor, case.other.tensor, case.valid_lens.tensor
    b, n = X.shape
    padding = torch.arange(n) >= lens[:, None]  # (b, n)
    encoder, d = build(submission, case), case.inside.num_hiddens
    before, after = (
        tensor(encoder(tokens, case.valid_lens), "output", shape=(b, n, d)).masked_fill(padding[:, :, None], 0)
        for tokens in (X, torch.where(padding, other, X))
    )
    assert_same(
        after,
        before,
        quantity={"en": "with other tokens behind the valid ones of every sample, the output (set to 0 there)",
                  "zh": "把各样本有效长度之后的词元换成别的之后，输出（填充处置 0）"},
        otherwise={"en": "with those that are shown", "zh": "用所示的词元时"},
        rtol=1e-7,
        atol=1e-7,
    )  # fmt: skip


@graded(
    points=2,
    title={
        "en": "A block matches the reference, without dropout in eval mode",
        "zh": "编码器块与参考实现一致，评估模式下不用暂退法",
    },
    needs=["shape_and_dtype"],
)
@given(case=ordinary, share=0.5)
def test_block_matches(submission, reference, case):
    blocks = (build_block(module, case, dropout=0.5) for module in (submission, reference))
    mine, theirs = (block(case.X, case.valid_lens) for block in blocks)
    assert_matches(mine, theirs, **CLOSE[case.inside.dtype], quantity="output")


@graded(
    points=1,
    title={
        "en": "Without blocks: embeddings · √num_hiddens plus positions, then dropout",
        "zh": "没有块时：嵌入乘 √num_hiddens 加位置编码，再用暂退法",
    },
)
@given(case=encoders(dtypes=("float64",), layers=(0,)), share=0.5)
def test_embeddings_and_positions(submission, reference, case):
    (b, n), p = case.X.tensor.shape, (0.5, 0.3, 0.7)[case.inside.seed % 3]
    mine, theirs = (build(module, case, dropout=p) for module in (submission, reference))
    ended = assert_arguments_kept(mine, case.X, case.valid_lens, names=["X", "valid_lens"])
    still = tensor(ended.value, "output")
    assert_matches(still, theirs(case.X, case.valid_lens), **CLOSE["float64"], quantity="output")
    again = mine(case.X, case.valid_lens)
    quantity = {"en": "the output of a second call", "zh": "第二次调用的输出"}
    assert_matches(again, still, quantity=quantity)
    mine.train()
    many = case.X.tensor.repeat(24, 1)  # a rate shows only in numbers
    used = tensor(mine(many, None), "output", shape=(24 * b, n, case.inside.num_hiddens))
    entry = {"en": "entry", "zh": "项"}
    assert_dropped(used, still.repeat(24, 1, 1), p, quantity="output", weight=entry)


@graded(
    points=1,
    title={
        "en": "The encoder matches the reference, attention_weights of every block too",
        "zh": "编码器与参考实现一致，包括每个块的 attention_weights",
    },
    needs=["block_matches"],
)
@given(case=encoders(), share=0.4)
def test_encoder_matches(submission, reference, case):
    mine, theirs = (build(module, case, dropout=0.5) for module in (submission, reference))
    mine(case.other, torch.ones(len(case.other.data), dtype=torch.int64))  # a call that nothing may be left of
    close = CLOSE[case.inside.dtype]
    assert_matches(mine(case.X, case.valid_lens), theirs(case.X, case.valid_lens), **close, quantity="output")
    assert_matches(mine.attention_weights, theirs.attention_weights, **close, quantity="attention_weights")


@graded(
    points=1,
    title={"en": "Gradients flow back to every parameter", "zh": "梯度能传回每一个模型参数"},
    needs=["encoder_matches"],
)
@given(case=encoders(dtypes=("float64",), layers=(1, 2), smooth=True), share=0.2)
def test_gradients_flow_back(submission, reference, case):
    args = [case.X, case.valid_lens and Exact(case.valid_lens.data, "int64")]
    mine, theirs = (
        vjp(build(module, case), args, case.cotangent, parameters=True) for module in (submission, reference)
    )
    for name in case.parameters:
        quantity = {"en": f"the gradient of {name}", "zh": f"{name} 的梯度"}
        assert_matches(mine.get(name), theirs[name], rtol=1e-4, atol=1e-4, quantity=quantity)


@graded(
    points=1,
    title={
        "en": "In training, dropout acts on weights and on each sublayer's output",
        "zh": "训练时，暂退法作用于注意力权重和每个子层的输出",
    },
    needs=["block_matches", "encoder_matches"],  # what dropout does is read off the output
)
@given(case=droppings(), share=0.2)
def test_dropout_in_training(submission, reference, case):
    d, p = case.num_hiddens, case.dropout
    block = submission.EncoderBlock(d, d, d, d, d, d, d, d, p).double()
    helper(submission, "load_parameters", block, case.parameters("attention"))
    rate = 1 - (1 - p) ** 2
    assert_dropped_in(
        block(case.first_alone, None), rate, p, "attention"
    )  # with its weight, or what is left of it after that
    encoder = submission.TransformerEncoder(1, d, d, d, d, d, d, d, d, 1, p).double()
    named = {f"blks.0.{name}": value for name, value in case.parameters("ffn").items()}
    helper(submission, "load_parameters", encoder, named)
    assert_dropped_in(encoder(case.tokens, None), p, p, "ffn")
    [weights] = list(encoder.attention_weights)
    assert_distributions(tensor(weights, "attention_weights[0]"), quantity="attention_weights[0] in training")


def assert_dropped_in(output, rate, p, part):
    """Entries that were dropped are equal to feature 1, which is 0 either way, before and after normalization."""
    output = tensor(output, "output")
    dropped = torch.isclose(output[..., 2:], output[..., 1:2], rtol=0, atol=1e-6)
    quantity = {"en": f"what {part} gives", "zh": f"{part} 的输出"}
    assert_drop_rate(dropped, rate, quantity=quantity, actual=output, dropout=p)
