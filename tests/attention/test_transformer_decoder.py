"""Properties of transformer_decoder, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. names and sizes of parts differ; an attention has a bias                      → parameters
2. the output comes alone, without the state; X or enc_outputs change in place   → shape_and_dtype
3. a residual connection is missing, or starts from X instead of Y               → residual_paths
4. no mask in training, or one that is off by one                                → prefix_is_blind
5. the source's lengths are ignored, or mask the target                          → source_padding, block_matches
6. nothing is remembered, or the last token only, or in the wrong order          → stepwise
7. a block remembers its output, in another's place, or in itself                → stepwise
8. embeddings are not scaled, `dense` is followed by a softmax                   → decoder_matches
9. attention_weights are exchanged, grouped by block, or of the last block only  → decoder_matches
   the list of memories is made once, for all texts                              → decoder_matches
10. enc_outputs are detached; dropout is not handed on                           → gradients, dropout
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from hypothesis import strategies as st
from torch.nn.functional import layer_norm, pad

from grader.kit import (
    Exact,
    Mismatch,
    Values,
    assert_arguments_kept,
    assert_distributions,
    assert_drop_rate,
    assert_matches,
    assert_same,
    check,
    given,
    graded,
    helper,
    keep,
    sizes,
    tensor,
    valid_lens,
    vjp,
)
from grader.kit.quantities import describe_type

CLOSE = {"float64": {"rtol": 1e-5, "atol": 1e-5}, "float32": {"rtol": 1e-3, "atol": 1e-3}}
"""In float64, too: √d as torch.sqrt(torch.tensor(d)) is float32, as are angles; normalization makes errors larger."""

HEADS = [(1, 4), (2, 2), (3, 2), (4, 1), (2, 3), (1, 6), (2, 4), (4, 2)]
"""num_heads, and the width of one: together even and at least 4 (two numbers are ±1, whatever they were before)."""

ATTENTIONS, NORMS = ("attention1", "attention2"), ("addnorm1.ln", "addnorm2.ln", "addnorm3.ln")


@dataclass(frozen=True)
class Sizes:
    key_size: int
    query_size: int
    value_size: int
    num_hiddens: int
    norm_shape: int | list[int]
    ffn_num_input: int
    ffn_num_hiddens: int
    num_heads: int

    @property
    def block(self):
        """The names of a block's parameters, and their shapes."""
        d, hidden = self.num_hiddens, self.ffn_num_hiddens
        projections = {"W_q": self.query_size, "W_k": self.key_size, "W_v": self.value_size, "W_o": d}
        shapes = {f"{one}.{name}.weight": (d, size) for one in ATTENTIONS for name, size in projections.items()}
        norm = tuple(self.norm_shape) if isinstance(self.norm_shape, list) else (self.norm_shape,)
        shapes |= {f"{one}.{kind}": norm for one in NORMS for kind in ("weight", "bias")}
        shapes |= {"ffn.dense1.weight": (hidden, self.ffn_num_input), "ffn.dense1.bias": (hidden,)}
        return shapes | {"ffn.dense2.weight": (d, hidden), "ffn.dense2.bias": (d,)}

    def decoder(self, vocab_size, num_layers):
        """The same for a whole decoder."""
        d, blocks = self.num_hiddens, range(num_layers)
        shapes = {f"blks.{i}.{name}": shape for i in blocks for name, shape in self.block.items()}
        shapes |= {"embedding.weight": (vocab_size, d), "dense.weight": (vocab_size, d)}
        return shapes | {"dense.bias": (vocab_size,)}


@dataclass(frozen=True)
class HandedOver:
    vocab_size: int
    sizes: Sizes
    num_layers: int

    def shown(self):
        return {"vocab_size": self.vocab_size, **vars(self.sizes), "num_layers": self.num_layers}


@dataclass(frozen=True)
class Decoding:
    """A target of n tokens, a source of m; all tensors follow from one seed (there are too many to show: --debug)."""

    X: Values
    enc_outputs: Values
    enc_valid_lens: Exact | None
    vocab_size: int
    sizes: Sizes
    num_layers: int
    seed: int
    smooth: bool

    @property
    def n(self):
        return self.X.shape[1]

    @property
    def m(self):
        return self.enc_outputs.shape[1]

    @cached_property
    def tokens(self):
        generator = torch.Generator().manual_seed(self.seed)
        return Exact(torch.randint(self.vocab_size, self.X.shape[:2], generator=generator).tolist(), "int64")

    @property
    def slot(self):
        """Which block a single one is."""
        return self.seed % 3

    @property
    def state(self):
        return [self.enc_outputs, self.enc_valid_lens, [None, None, None]]

    def filled(self, shapes, first):
        scales = {
            "ln.weight": (0.25, 1.0),
            "dense1.bias": (0.25, 0.005),
            "ln.bias": (0.1, 0.0),
            "embedding.weight": (1.0, 0.0),
        }
        if self.smooth:  # far from the corner of ReLU
            scales |= {"dense1.weight": (0.05, 0.0), "dense1.bias": (0.1, 2.0)}
        ends = {name: ".".join(name.split(".")[-2:]) for name in shapes}
        return {
            name: Values(shape, first + k, self.X.dtype, *scales.get(ends[name], (0.25, 0.0)))
            for k, (name, shape) in enumerate(shapes.items())
        }

    def block(self, i=0):
        """The parameters of block i of a stack."""
        return self.filled(self.sizes.block, self.seed + 10 + 100 * i)

    @cached_property
    def decoder(self):
        """Those of a decoder."""
        return self.filled(self.sizes.decoder(self.vocab_size, self.num_layers), self.seed + 10)

    def shown(self):
        names = ("num_hiddens", "num_heads", "norm_shape", "ffn_num_hiddens")
        inside = {name: getattr(self.sizes, name) for name in names}
        return {"X": self.X, "enc_outputs": self.enc_outputs, "enc_valid_lens": self.enc_valid_lens, **inside}


@dataclass(frozen=True)
class Whole(Decoding):
    def shown(self):
        numbers = {"vocab_size": self.vocab_size, "num_layers": self.num_layers}
        return {**super().shown(), "X": self.tokens, **numbers}


@dataclass(frozen=True)
class Dropping:
    """Parts that are open to view: features 2, 3, … of what one sublayer gives are equal, feature 1 is 0."""

    first: Values
    num_hiddens: int
    dropout: float

    @property
    def X(self):
        """(b, 1, d): feature 0 is drawn, the others are 0; also what the encoder gave."""
        return pad(self.first.tensor, (0, self.num_hiddens - 1))

    @property
    def tokens(self):
        return torch.zeros(self.first.shape[0], 1, dtype=torch.int64)

    def parameters(self, part):
        """All sublayers but `part` give 0, and what came before it is not let through."""
        d = self.num_hiddens
        zeros, ones, identity = torch.zeros(d, d).double(), torch.ones(d).double(), torch.eye(d).double()
        copies, equal = zeros.clone(), ones.clone()
        copies[2:, 0], equal[1] = 1, 0
        named = {f"{one}.W_{name}.weight": zeros for one in ATTENTIONS for name in "qkv"}
        named |= {f"{one}.W_o.weight": identity for one in ATTENTIONS}
        named |= {f"{norm}.weight": ones for norm in NORMS}
        named |= {f"{norm}.bias": zeros[0] for norm in NORMS}
        named |= {"ffn.dense1.weight": zeros, "ffn.dense1.bias": zeros[0], "ffn.dense2.weight": zeros}
        named |= {"ffn.dense2.bias": equal if part == "ffn" else zeros[0]}
        if part in ATTENTIONS:
            named[f"{part}.W_v.weight"] = copies
        for norm in {"attention2": NORMS[:1], "ffn": NORMS[1:2]}.get(part, ()):
            named[f"{norm}.weight"] = zeros[0]
        return named

    def decoder(self, part):
        """The same in a decoder of one block, whose scores are what the block gives."""
        d = self.num_hiddens
        equal = torch.ones(d).double()
        equal[1] = 0
        positions = torch.arange(d).double() % 2  # sin 0, cos 0, sin 0, cos 0, …
        named = {f"blks.0.{name}": value for name, value in self.parameters(part).items()}
        named |= {"embedding.weight": ((equal - positions) / d**0.5).repeat(d, 1)}
        return {**named, "dense.weight": torch.eye(d).double(), "dense.bias": torch.zeros(d).double()}


@st.composite
def decodings(
    draw,
    kind,
    shapes=("d", "[d]", "[n, d]"),
    dtypes=("float64", "float32"),
    least=(1, 1),
    kinds=("none", "1d"),
    smooth=False,
):
    """Few draws (Hypothesis charges by the draw). Lengths go one beyond m, or, where m is at least 2, stay below it."""
    b, n, m, vocab = draw(sizes(3)), draw(sizes(4, least[0])), draw(sizes(5, least[1])), draw(sizes(7))
    (h, width), hidden, layers = draw(st.sampled_from(HEADS)), draw(sizes()), draw(sizes(2))
    d, seed = h * width, draw(st.integers(0, 2**16))
    norm_shape = {"d": d, "[d]": [d], "[n, d]": [n, d]}[draw(st.sampled_from(shapes))]
    lens = draw(valid_lens(b, n, m + 1 if least[1] == 1 else m - 1, kinds=kinds))
    dtype, inside = draw(st.sampled_from(dtypes)), Sizes(d, d, d, d, norm_shape, d, hidden, h)
    X, enc_outputs = Values((b, n, d), seed, dtype), Values((b, m, d), seed + 1, dtype)
    return kind(X, enc_outputs, lens, vocab, inside, layers, seed, smooth)


@st.composite
def handed_over(draw):
    """Sizes that all differ in general; there is no input that fits."""
    h, layers = draw(sizes(3)), draw(sizes(2))
    vocab, key, query, value, norm, ins, hidden = (draw(sizes(6)) for _ in range(7))
    return HandedOver(vocab, Sizes(key, query, value, 2 * h * draw(sizes(2)), norm, ins, hidden, h), layers)


@st.composite
def droppings(draw):
    """Larger than the others: a rate shows only in numbers. Heads are one feature wide."""
    b, half, p = draw(sizes(40, 24)), draw(sizes(6, 4)), draw(st.sampled_from([0.5, 0.3, 0.7]))
    return Dropping(Values((b, 1, 1), draw(st.integers(0, 2**16)), nonzero=True), 2 * half, p)


ordinary = decodings(Decoding)
stacks = decodings(Decoding, shapes=("d", "[d]"), dtypes=("float64",))


def build_block(module, case, parameters, i, dropout=0.0):
    """A block with these parameters, in training mode."""
    block = module.DecoderBlock(*vars(case.sizes).values(), dropout, i)
    if case.X.dtype == "float64":
        block.double()
    helper(module, "load_parameters", block, parameters)
    return block


def build(module, case, dropout=0.0):
    """A decoder with the case's parameters, in training mode."""
    decoder = module.TransformerDecoder(case.vocab_size, *vars(case.sizes).values(), case.num_layers, dropout)
    if case.X.dtype == "float64":
        decoder.double()
    helper(module, "load_parameters", decoder, case.decoder)
    return decoder


def pair(result):
    """The output and the state, which stays unopened."""
    if not isinstance(result, tuple | list) or len(result) != 2:
        what = describe_type(result)
        raise Mismatch(
            {"en": f"returned {what}, expected (output, state)", "zh": f"返回了 {what}，应为 (output, state)"}
        )
    return tensor(result[0], "output"), result[1]


def output(block, *args):
    return pair(block(*args))[0]


def through(stack, X, state):
    """What a stack of blocks gives, and the state after it."""
    for block in stack:
        X, state = pair(block(X, state))
    return X, state


def stacked(module, case):
    return [build_block(module, case, case.block(i), i) for i in range(2)]


def beside(name, state):
    """The names in the same part, in an order that no style of writing it changes."""
    part = name.rpartition(".")[0].rpartition(".")[0]
    return sorted(one for one in state if one.startswith(part))


@graded(
    points=1,
    title={"en": "Every part is there, with the right sizes and biases", "zh": "各个部件齐全，大小与偏置正确"},
)
@given(case=handed_over(), share=0.25)
def test_parameters(submission, reference, case):
    decoder = submission.TransformerDecoder(case.vocab_size, *vars(case.sizes).values(), case.num_layers, 0.0)
    state = decoder.state_dict()
    state = dict(zip(helper(submission, "blocks_in_order", list(state)), state.values(), strict=True))
    shapes = case.sizes.decoder(case.vocab_size, case.num_layers)
    for name, shape in shapes.items():
        check(
            name in state,
            {"en": f"state_dict() has no {name}; it has {', '.join(beside(name, state)) or 'nothing'} there",
             "zh": f"state_dict() 中没有 {name}；同处有：{', '.join(beside(name, state)) or '（空）'}"},
        )  # fmt: skip
        tensor(state[name], name, shape=shape)
    extra = [name for name in state if ".attention" in name and name.endswith(".bias")]
    check(
        not extra,
        {"en": f"there is {', '.join(extra)}, expected projections without bias",
         "zh": f"出现了 {', '.join(extra)}，线性变换不应有偏置"},
    )  # fmt: skip


@graded(
    points=1,
    title={
        "en": "A block returns (output, state); the tensors handed over stay as they were",
        "zh": "解码器块返回 (output, state)；传入的张量不被改动",
    },
)
@given(case=ordinary, share=0.25)
def test_shape_and_dtype(submission, reference, case):
    block = build_block(submission, case, case.block(), case.slot)
    ended = assert_arguments_kept(block, case.X, case.state, names=["X", "state"])
    tensor(pair(ended.value)[0], "output", shape=case.X.shape, dtype=case.X.tensor.dtype)


@graded(
    points=1,
    title={
        "en": "Where all three sublayers give 0, a block normalizes X three times",
        "zh": "三个子层都输出 0 时，解码器块对 X 做三次层规范化",
    },
    needs=["shape_and_dtype"],
    teaching="shows the residual paths alone: without one, or with the normalization elsewhere, X does not come through",
)
@given(case=decodings(Decoding, dtypes=("float64",)), share=0.2)
def test_residual_paths(submission, reference, case):
    given, wanted = case.block(), case.X.tensor
    for name in NORMS:
        weight, bias = (given[f"{name}.{kind}"].tensor for kind in ("weight", "bias"))
        wanted = layer_norm(wanted, weight.shape, weight, bias)
    zeroed = ("attention1.W_o.weight", "attention2.W_o.weight", "ffn.dense2.weight", "ffn.dense2.bias")
    zeros = {name: torch.zeros(given[name].shape, dtype=torch.float64) for name in zeroed}
    mine = output(build_block(submission, case, {**given, **zeros}, case.slot), case.X, case.state)
    quantity = {"en": "output, with W_o and dense2 set to 0,", "zh": "W_o 与 dense2 置 0 后的输出"}
    assert_matches(mine, wanted, atol=1e-6, quantity=quantity)


@graded(
    points=1,
    title={"en": "In training, a prefix is blind to its future", "zh": "训练时，前面的位置看不到后面的位置"},
    teaching="the law that the mask is there for: names the position that saw what comes after it",
    needs=["shape_and_dtype"],
)
@given(case=decodings(Decoding, shapes=("d", "[d]"), dtypes=("float64",), least=(2, 1)), share=0.2)
def test_prefix_is_blind(submission, reference, case):
    block, X, n = build_block(submission, case, case.block(), case.slot), case.X.tensor, case.n
    known = 1 + case.seed % (n - 1)  # positions 0, …, known - 1
    future = torch.arange(n)[:, None] >= known  # (n, 1)
    alone = output(block, X[:, :known], case.state)  # a shorter text first: what is kept of its mask does not fit
    before, after = (output(block, one, case.state)[:, :known] for one in (X, torch.where(future, X.flip(2) + 1, X)))
    assert_same(
        after,
        before,
        quantity={"en": f"with another X from position {known} on, output[:, :{known}]",
                  "zh": f"把位置 {known} 及之后的 X 换成别的之后，output[:, :{known}]"},
        otherwise={"en": "with the X that is shown", "zh": "用所示的 X 时"},
        rtol=1e-7,
        atol=1e-7,
    )  # fmt: skip
    quantity = {"en": f"output[:, :{known}], beside that of X[:, :{known}] alone,",
                "zh": f"output[:, :{known}]（与只输入 X[:, :{known}] 时相比）"}  # fmt: skip
    assert_matches(before, alone, rtol=1e-6, atol=1e-6, quantity=quantity)


@graded(
    points=1,
    title={"en": "The padding of the source is not seen", "zh": "看不到源序列的填充"},
    teaching="the law that enc_valid_lens is there for: what stands at padding does not matter",
    needs=["shape_and_dtype"],
)
@given(case=decodings(Decoding, dtypes=("float64",), least=(1, 2), kinds=("1d",)), share=0.2)
def test_source_padding(submission, reference, case):
    block = build_block(submission, case, case.block(), case.slot)
    source, lens = case.enc_outputs.tensor, case.enc_valid_lens
    padding = (torch.arange(case.m) >= lens.tensor[:, None])[:, :, None]  # (b, m, 1)
    other = torch.where(padding, source.flip(2) + 1, source)
    before, after = (output(block, case.X, [one, lens, [None] * 3]) for one in (source, other))
    assert_same(
        after,
        before,
        quantity={"en": "with other enc_outputs behind enc_valid_lens, the output",
                  "zh": "把 enc_valid_lens 之后的 enc_outputs 换成别的之后，输出"},
        otherwise={"en": "with those that are shown", "zh": "用所示的 enc_outputs 时"},
        rtol=1e-7,
        atol=1e-7,
    )  # fmt: skip


@graded(
    points=1,
    title={"en": "In training, a block matches the reference", "zh": "训练时，解码器块与参考实现一致"},
    needs=["shape_and_dtype"],
)
@given(case=ordinary, share=0.25)
def test_block_matches(submission, reference, case):
    blocks = (build_block(module, case, case.block(), case.slot) for module in (submission, reference))
    mine, theirs = (output(block, case.X, case.state) for block in blocks)
    assert_matches(mine, theirs, **CLOSE[case.X.dtype], quantity="output")


@graded(
    points=1,
    title={
        "en": "Two blocks token by token in eval mode give what they give in training",
        "zh": "评估模式下逐个词元经过两个块，结果与训练时相同",
    },
    needs=["shape_and_dtype"],
)
@given(case=stacks, share=0.08)
def test_stepwise(submission, reference, case):
    stack, X, another = stacked(submission, case), case.X.tensor, case.X.tensor.flip(1)
    whole, _ = through(stack, X, case.state)
    for block in stack:
        block.eval()
    state, other_state = case.state, case.state
    for t in range(case.n):
        step, state = through(stack, X[:, t : t + 1], state)
        quantity = {"en": f"the output for token {t} by itself", "zh": f"单独输入词元 {t} 时的输出"}
        assert_matches(step, whole[:, t : t + 1], rtol=1e-6, atol=1e-6, quantity=quantity)
        if t + 1 < case.n:  # another text in between, with a state of its own
            _, other_state = through(stack, another[:, t : t + 1], other_state)


@graded(
    points=1,
    title={
        "en": "The decoder matches the reference in training, and at its first step",
        "zh": "解码器在训练时、以及评估模式的第一步，与参考实现一致",
    },
    needs=["block_matches"],
)
@given(case=decodings(Whole), share=0.12)
def test_decoder_matches(submission, reference, case):
    close, (mine, theirs) = CLOSE[case.X.dtype], (build(module, case) for module in (submission, reference))
    results = [
        output(one, case.tokens, one.init_state(case.enc_outputs, case.enc_valid_lens)) for one in (mine, theirs)
    ]
    assert_matches(*results, **close, quantity="output")
    assert_matches(mine.attention_weights, theirs.attention_weights, **close, quantity="attention_weights")
    if not isinstance(case.sizes.norm_shape, list) or len(case.sizes.norm_shape) == 1:
        compare_steps(submission, reference, case)


def compare_steps(submission, reference, case):
    """The output of the first step, with dropout that is not in use, and the shapes of the weights after two."""
    close, first = CLOSE[case.X.dtype], case.tokens.tensor[:, :1]
    mine, theirs = (build(module, case, dropout=0.5).eval() for module in (submission, reference))
    # kept where they were made: whether they share a list is not seen in copies
    state, another = (keep(mine.init_state, case.enc_outputs, case.enc_valid_lens) for _ in range(2))
    step, state = pair(mine(first, state))
    wanted = output(theirs, first, theirs.init_state(case.enc_outputs, case.enc_valid_lens))
    quantity = {"en": "the output of the first step in eval mode", "zh": "评估模式下第一步的输出"}
    assert_matches(step, wanted, **close, quantity=quantity)
    other = (first + 1) % case.vocab_size
    step, _ = pair(mine(other, another))
    wanted = output(theirs, other, theirs.init_state(case.enc_outputs, case.enc_valid_lens))
    quantity = {
        "en": "the output of the first step on another text, with a state of its own,",
        "zh": "另一段文本（用它自己的状态）第一步的输出",
    }
    assert_matches(step, wanted, **close, quantity=quantity)
    pair(mine(first, state))
    weights = mine.attention_weights
    for index, keys in enumerate((2, case.m)):
        for i in range(case.num_layers):
            name = f"attention_weights[{index}][{i}]"
            quantity = {"en": f"{name} after two steps", "zh": f"两步之后的 {name} "}
            tensor(weights[index][i], quantity, shape=(case.X.shape[0] * case.sizes.num_heads, 1, keys))


@graded(
    points=1,
    title={
        "en": "Gradients flow back to the encoder's outputs and to every parameter",
        "zh": "梯度能传回编码器的输出和每一个模型参数",
    },
    needs=["decoder_matches"],
)
@given(case=decodings(Whole, dtypes=("float64",), smooth=True), share=0.08)
def test_gradients_flow_back(submission, reference, case):
    lens = case.enc_valid_lens and Exact(case.enc_valid_lens.data, "int64")
    mine, theirs = (gradients(module, case, lens) for module in (submission, reference))
    for name in ("enc_outputs", *case.decoder):
        quantity = {"en": f"the gradient of {name}", "zh": f"{name} 的梯度"}
        assert_matches(mine.get(name), theirs[name], rtol=1e-4, atol=1e-4, quantity=quantity)


def gradients(module, case, lens):
    """Those of every parameter, and of what the encoder gave: it is handed over in a state, which vjp does not open."""
    decoder = build(module, case)
    weights = Values((*case.X.shape[:2], case.vocab_size), case.seed + 5)
    found = vjp(decoder, [case.tokens, decoder.init_state(case.enc_outputs, lens)], weights, parameters=True)
    block = build_block(module, case, case.block(), case.slot)
    source = helper(module, "parameters", [case.enc_outputs], keep=True)
    result = keep(block, case.X, [source[0], lens, [None] * 3])  # where the block lives, with its graph
    helper(module, "closure", list(result)[:1], [Values(case.X.shape, case.seed + 6)], keep=True)()
    return {**found, "enc_outputs": helper(module, "get_grads", source)[0]}


@graded(
    points=1,
    title={
        "en": "In training, dropout acts on weights, sublayers' outputs and embeddings",
        "zh": "训练时，暂退法作用于权重、各子层的输出和嵌入",
    },
    needs=["block_matches", "decoder_matches"],  # what dropout does is read off the output
)
@given(case=droppings(), share=0.05)
def test_dropout_in_training(submission, reference, case):
    d, p = case.num_hiddens, case.dropout
    for part in ATTENTIONS:
        block = submission.DecoderBlock(d, d, d, d, d, d, d, d, p, 0).double()
        helper(submission, "load_parameters", block, case.parameters(part))
        result = output(block, case.X, [case.X, None, [None]])
        assert_dropped_in(result, 1 - (1 - p) ** 2, p, part)  # with its weight, or what is left of it after that
    for part in ("ffn", "pos_encoding"):
        decoder = submission.TransformerDecoder(d, d, d, d, d, d, d, d, d, 1, p).double()
        helper(submission, "load_parameters", decoder, case.decoder(part))
        assert_dropped_in(output(decoder, case.tokens, decoder.init_state(case.X, None)), p, p, part)
    for index, [weights] in enumerate(decoder.attention_weights):
        name = f"attention_weights[{index}][0]"
        assert_distributions(tensor(weights, name), quantity=f"{name} in training")


def assert_dropped_in(result, rate, p, part):
    """Entries that were dropped are equal to feature 1, which is 0 either way, before and after normalization."""
    dropped = torch.isclose(result[..., 2:], result[..., 1:2], rtol=0, atol=1e-6)
    quantity = {"en": f"what {part} gives", "zh": f"{part} 的输出"}
    assert_drop_rate(dropped, rate, quantity=quantity, actual=result, dropout=p)


@graded(
    star=True,
    title={
        "en": "In eval mode, several tokens at once see no more than one at a time",
        "zh": "评估模式下一次输入多个词元，看到的不比逐个输入时多",
    },
    teaching="the book's code, which masks in training alone, fails here and nowhere else; no variant stands for it",
    needs=["shape_and_dtype"],
)
@given(case=stacks, share=0.08)
def test_several_tokens_in_eval(submission, reference, case):
    stack, X, first = stacked(submission, case), case.X.tensor, 1 + case.seed % case.n
    whole, _ = through(stack, X, case.state)
    for block in stack:
        block.eval()
    head, state = through(stack, X[:, :first], case.state)
    quantity = {"en": f"the output of two blocks for X[:, :{first}]", "zh": f"X[:, :{first}] 经过两个块的输出"}
    assert_matches(head, whole[:, :first], rtol=1e-6, atol=1e-6, quantity=quantity)
    if first < case.n:
        tail, _ = through(stack, X[:, first:], state)
        quantity = {
            "en": f"the output of two blocks for X[:, {first}:] after that",
            "zh": f"随后 X[:, {first}:] 经过两个块的输出",
        }
        assert_matches(tail, whole[:, first:], rtol=1e-6, atol=1e-6, quantity=quantity)


@graded(
    star=True,
    title={
        "en": "The decoder gives token by token what it gives at once: positions go on",
        "zh": "解码器逐个词元与一次输入的结果相同：位置编号接续上一次",
    },
    needs=["shape_and_dtype"],
)
@given(case=decodings(Whole, shapes=("d", "[d]"), dtypes=("float64",)), share=0.1)
def test_positions_go_on(submission, reference, case):
    decoder, tokens = build(submission, case), case.tokens.tensor
    whole = output(decoder, tokens, decoder.init_state(case.enc_outputs, case.enc_valid_lens))
    decoder.eval()
    state = decoder.init_state(case.enc_outputs, case.enc_valid_lens)
    for t in range(case.n):
        step, state = pair(decoder(tokens[:, t : t + 1], state))
        quantity = {"en": f"the scores behind token {t} by itself", "zh": f"单独输入词元 {t} 时的分数"}
        assert_matches(step, whole[:, t : t + 1], rtol=1e-6, atol=1e-6, quantity=quantity)
