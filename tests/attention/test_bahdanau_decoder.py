"""Properties of bahdanau_decoder, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. the GRU is made for the embedded word alone, or attention with other sizes  → parameters
2. outputs stay (steps, b, vocab), or only those of the last step come back    → outputs_of_every_step
3. the encoder's outputs are reshaped to (b, n, h) instead of transposed       → attention_weights
4. `enc_valid_lens` is ignored                                                 → weights_are_a_distribution
5. attention_weights holds one tensor, or grows with every call                → weights_are_a_distribution, stepwise
6. the query is the bottom layer, the initial state in every step,             → attention_weights
   or the hidden state after the step
7. the embedded word comes before the context                                  → matches_the_reference
8. the hidden state does not get back into the state                           → stepwise
   or it is kept in the decoder instead, or the lengths are                    → several_texts_in_turn
9. hidden state, context or the encoder's outputs are detached                 → gradients_flow_back
10. dropout is not handed on to attention or GRU, or both are in training mode
    for ever                                                                   → dropout_in_training_only
"""

from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st

from grader.kit import (
    Exact,
    Values,
    assert_distributions,
    assert_dropped,
    assert_matches,
    check,
    fetch,
    given,
    graded,
    helper,
    keep,
    sizes,
    tensor,
    valid_lens,
    vjp,
)
from grader.kit.assertions import describe_type

ATOL32 = 1e-4
"""In float32 an output may cancel to almost 0."""


@dataclass(frozen=True)
class Decoding:
    X: Exact
    outputs: Values
    hidden_state: Values
    enc_valid_lens: Exact | None
    parameters: dict[str, Values]

    @property
    def sizes(self):
        """vocab_size, embed_size, num_hiddens, num_layers."""
        vocab, embed = self.parameters["embedding.weight"].shape
        return vocab, embed, self.outputs.shape[2], self.hidden_state.shape[0]

    def shown(self):
        return {
            "sizes": self.sizes,
            "X": self.X,
            "enc_outputs": (self.outputs, self.hidden_state),
            "enc_valid_lens": self.enc_valid_lens,
            **self.parameters,
        }


@dataclass(frozen=True)
class Gradient:
    inputs: Decoding
    cotangent: Values

    def shown(self):
        return {**self.inputs.shown(), "cotangent": self.cotangent}


@dataclass(frozen=True)
class Dropping:
    """Two layers that forget their states (their update gates are 0); each hands on the tanh of what it reads.

    Word 0 is embedded as 0, so that only the context comes through; where the encoder's outputs are 0, only the words.
    """

    X: Exact
    hidden_state: Values
    enc_valid_lens: Exact | None
    W_k: Values
    W_q: Values
    w_v: Values
    embedding: Values
    column: Values
    dropout: float

    @property
    def sizes(self):
        """vocab_size, embed_size, num_hiddens, num_layers."""
        h = self.hidden_state.shape[2]
        return h, 1, h, 2

    @property
    def outputs(self):
        """(n = h, b, h): the identity, so that the context is the weights that were used."""
        _, b, h = self.hidden_state.shape
        return torch.eye(h, dtype=torch.float64)[:, None].repeat(1, b, 1)

    @property
    def embedded(self):
        """(b, steps, h): the words as the first layer hands them on."""
        return torch.tanh(self.embedding.tensor[self.X.tensor - 1] * self.column.tensor)

    @property
    def parameters(self):
        h = self.hidden_state.shape[2]
        eye, gates = torch.eye(h, dtype=torch.float64), torch.zeros(2 * h, h, dtype=torch.float64)
        embedding = torch.cat([gates[:1, :1], self.embedding.tensor])  # (h, 1)
        found = {"attention.W_k.weight": self.W_k, "attention.W_q.weight": self.W_q, "attention.w_v.weight": self.w_v}
        found |= {"embedding.weight": embedding, "dense.weight": eye, "dense.bias": eye[0] * 0}
        for layer, reads in enumerate([torch.cat([eye, self.column.tensor[:, None]], dim=1), eye]):
            forgetting = torch.cat([torch.zeros(h), torch.full((h,), -1000.0), torch.zeros(h)]).double()
            found[f"rnn.weight_ih_l{layer}"] = torch.cat([gates.new_zeros(2 * h, reads.shape[1]), reads])
            found[f"rnn.weight_hh_l{layer}"] = torch.cat([gates, eye * 0])
            found[f"rnn.bias_ih_l{layer}"] = found[f"rnn.bias_hh_l{layer}"] = forgetting
        return found

    def shown(self):
        return {**Decoding.shown(self), "dropout": self.dropout}


def words(seed, b, steps, vocab, first=0):
    drawn = np.random.default_rng(seed).integers(first, vocab, size=(b, steps))
    return Exact(tuple(map(tuple, drawn.tolist())), "int64")


@st.composite
def decodings(draw, dtypes=("float64", "float32")):
    """One seed draws every tensor (Hypothesis charges by the draw); lengths go one beyond the source."""
    b, n, steps, h, layers = draw(sizes(4)), draw(sizes()), draw(sizes(3)), draw(sizes(4)), draw(sizes(3))
    vocab, e = draw(sizes(6)), draw(sizes(4))
    dtype, seed = draw(st.sampled_from(dtypes)), draw(st.integers(0, 2**16))
    shapes = {
        "attention.W_k.weight": (h, h),
        "attention.W_q.weight": (h, h),
        "attention.w_v.weight": (1, h),
        "embedding.weight": (vocab, e),
        "dense.weight": (vocab, h),
        "dense.bias": (vocab,),
    }
    for layer in range(layers):
        shapes[f"rnn.weight_ih_l{layer}"] = (3 * h, h if layer else h + e)
        shapes[f"rnn.weight_hh_l{layer}"] = (3 * h, h)
        shapes[f"rnn.bias_ih_l{layer}"] = shapes[f"rnn.bias_hh_l{layer}"] = (3 * h,)
    return Decoding(
        X=words(seed, b, steps, vocab),
        outputs=Values((n, b, h), seed + 1, dtype, 0.5),
        hidden_state=Values((layers, b, h), seed + 2, dtype, 0.25),
        enc_valid_lens=draw(valid_lens(b, 1, n + 1, kinds=("none", "1d"))),
        parameters={name: Values(shape, seed + i, dtype, 0.25) for i, (name, shape) in enumerate(shapes.items(), 3)},
    )


@st.composite
def gradients(draw):
    case = draw(decodings(dtypes=("float64",)))
    return Gradient(case, Values((*case.X.tensor.shape, case.sizes[0]), case.outputs.seed + 50))


@st.composite
def droppings(draw):
    """Larger than the others: a rate shows only in numbers."""
    b, steps, h = draw(sizes(16)), draw(sizes(3)), draw(sizes(6, 2))
    seed, lengths = draw(st.integers(0, 2**16)), draw(valid_lens(b, 1, h + 1, kinds=("none", "1d")))
    return Dropping(
        X=words(seed, b, steps, h, first=1),
        hidden_state=Values((2, b, h), seed + 1, scale=0.25),
        enc_valid_lens=lengths,
        W_k=Values((h, h), seed + 2, scale=0.25),
        W_q=Values((h, h), seed + 3, scale=0.25),
        w_v=Values((1, h), seed + 4, scale=0.25),
        embedding=Values((h - 1, 1), seed + 5, scale=0.5, nonzero=True),
        column=Values((h,), seed + 6, scale=0.25, nonzero=True),
        dropout=draw(st.sampled_from([0.5, 0.3, 0.7])),
    )


ordinary = decodings()


def build(module, case, *dropout):
    """A decoder with the case's parameters, in training mode."""
    decoder = module.Seq2SeqAttentionDecoder(*case.sizes, *dropout)
    if case.hidden_state.dtype == "float64":
        decoder.double()
    helper(module, "load_parameters", decoder, case.parameters)
    return decoder


def begin(decoder, case, encoded=None, lens=None):
    """The state that decoding starts with."""
    return keep(decoder.init_state, encoded or (case.outputs, case.hidden_state), lens or case.enc_valid_lens)


def forward(decoder, X, state):
    """The outputs, and the state, which stays where it is."""
    returned = keep(decoder, X, state)
    pair = isinstance(returned, list | tuple) and len(returned) == 2
    found = f"{len(returned)} things" if isinstance(returned, list | tuple) else describe_type(returned)
    check(
        pair,
        {"en": f"forward returned {found}, expected two things: the outputs and the state",
         "zh": f"forward 返回了 {found}，应返回两项：输出和状态"},
    )  # fmt: skip
    return returned


def decode(module, case):
    """The outputs of one call, and the decoder."""
    decoder = build(module, case)
    outputs, _ = forward(decoder, case.X, begin(decoder, case))
    return fetch(outputs), decoder


def weights_of(decoder, steps):
    """attention_weights as a list of so many entries."""
    found = decoder.attention_weights
    listed = isinstance(found, list | tuple)
    count = len(found) if listed else describe_type(found)
    check(
        listed and len(found) == steps,
        {"en": f"attention_weights after a call with {steps} steps: expected a list of {steps}, found {count}",
         "zh": f"一次调用走了 {steps} 步之后，attention_weights 应是含 {steps} 项的列表，实际为 {count}"},
    )  # fmt: skip
    return list(found)


def atol(case):
    return ATOL32 if case.hidden_state.dtype == "float32" else None


@graded(
    points=1,
    title={"en": "The four parts have the right sizes", "zh": "四个部分的大小正确"},
    teaching="names the parameter that is missing or of another shape; nothing else can be tried without it",
)
@given(case=ordinary)
def test_parameters(submission, reference, case):
    build(submission, case)  # names what is missing or of another shape


@graded(
    points=1,
    title={
        "en": "There are outputs (b, vocab) for every step, of the parameters' dtype",
        "zh": "每一步都有形状为 (b, vocab) 的输出，数据类型与模型参数相同",
    },
    needs=["parameters"],
    teaching="says which axis is out of place before any number is compared",
)
@given(case=ordinary, share=0.4)
def test_outputs_of_every_step(submission, reference, case):
    shape, dtype = (*case.X.tensor.shape, case.sizes[0]), getattr(torch, case.hidden_state.dtype)
    tensor(decode(submission, case)[0], "outputs", shape=shape, dtype=dtype)


@graded(
    points=1,
    title={
        "en": "Every step's attention_weights are a distribution over the source words",
        "zh": "每一步的 attention_weights 都是概率分布",
    },
    needs=["parameters"],
    teaching="says that padding has a weight, or that a step has none, where others show numbers that differ",
)
@given(case=ordinary, share=0.3)
def test_weights_are_a_distribution(submission, reference, case):
    (b, steps), (n, _, _) = case.X.tensor.shape, case.outputs.shape
    _, decoder = decode(submission, case)
    valid = None if case.enc_valid_lens is None else torch.arange(n) < case.enc_valid_lens.tensor.reshape(b, 1, 1)
    for step, weights in enumerate(weights_of(decoder, steps)):
        name = f"attention_weights[{step}]"
        assert_distributions(tensor(weights, name, shape=(b, 1, n)), valid, quantity=name)


@graded(
    points=2,
    title={
        "en": "One word at a time gives the same as all words in one call",
        "zh": "逐个输入词元与一次输入整个序列的结果相同",
    },
    needs=["outputs_of_every_step"],
    teaching="says what a state is for, and sees a list of weights that grows; half of it is told by texts in turn, too",
)
@given(case=ordinary, share=0.2)
def test_stepwise(submission, reference, case):
    together, decoder = decode(submission, case)
    all_weights = weights_of(decoder, case.X.tensor.shape[1])
    state = begin(decoder, case)
    for step, x in enumerate(case.X.tensor.split(1, dim=1)):
        output, state = forward(decoder, x, state)
        one = {"en": f"the output of step {step}, taken by itself,", "zh": f"单独走第 {step} 步得到的输出"}
        assert_matches(fetch(output), together[:, step : step + 1], atol=atol(case), quantity=one)
        one = {"en": f"attention_weights[0] of step {step}, taken by itself,",
               "zh": f"单独走第 {step} 步得到的 attention_weights[0] "}  # fmt: skip
        assert_matches(weights_of(decoder, 1)[0], all_weights[step], atol=atol(case), quantity=one)


@graded(
    points=1,
    title={
        "en": "Several texts can be decoded in turn, of the same source or of another",
        "zh": "可以交替解码多个序列，无论源序列相同与否",
    },
    needs=["outputs_of_every_step"],
    teaching="the only one to see a hidden state that is kept in the decoder, which no small change of the code makes",
)
@given(case=ordinary, share=0.1)
def test_several_texts_in_turn(submission, reference, case):
    """Two that begin with the same outputs of the encoder, as in a beam, and one of another source, with other lengths."""
    decoder, X, n = build(submission, case), case.X.tensor, case.outputs.shape[0]
    lens = case.enc_valid_lens
    others = lens and Exact(tuple((n + 1 - lens.tensor).clamp(min=1).tolist()), lens.dtype)
    sources = [(case.outputs.tensor, case.hidden_state.tensor), (1 - case.outputs.tensor, -case.hidden_state.tensor)]
    encoded = [tuple(helper(submission, "read", source, keep=True)) for source in sources]
    texts = [(X, 0), ((X.flip(1) + 1) % case.sizes[0], 0), (X, 1)]
    alone = [
        fetch(forward(decoder, text, begin(decoder, case, sources[source], (lens, others)[source]))[0])
        for text, source in texts
    ]
    states = [begin(decoder, case, encoded[source], (lens, others)[source]) for _, source in texts]
    for step in range(X.shape[1]):
        for i, (text, _) in enumerate(texts):
            output, states[i] = forward(decoder, text[:, step : step + 1], states[i])
            one = {"en": f"with several texts in turn, the output of text {i} in step {step}",
                   "zh": f"交替解码多个序列时，序列 {i} 第 {step} 步的输出"}  # fmt: skip
            assert_matches(fetch(output), alone[i][:, step : step + 1], atol=atol(case), quantity=one)
    after = helper(submission, "read", encoded[0])
    for name, now, before in zip(("outputs", "hidden_state"), after, sources[0], strict=True):
        assert_matches(
            now,
            before,
            quantity={"en": f"the encoder's {name} after decoding", "zh": f"解码之后编码器的 {name} "},
        )


@graded(
    points=1,
    title={
        "en": "The query is the hidden state of the top layer before the step",
        "zh": "查询是这一步之前顶层的隐状态",
    },
    needs=["parameters"],
    teaching="shows which step attends to other words than it should; the outputs differ by many causes",
)
@given(case=ordinary, share=0.4)
def test_attention_weights(submission, reference, case):
    steps = case.X.tensor.shape[1]
    mine, theirs = (weights_of(decode(module, case)[1], steps) for module in (submission, reference))
    assert_matches(mine, theirs, atol=atol(case), quantity="attention_weights")


@graded(
    points=1,
    title={"en": "The outputs match the reference", "zh": "输出与参考实现一致"},
    teaching="the only one to show the outputs beside the right ones; later weights and dropout depend on them, too",
)
@given(case=ordinary, share=0.5)
def test_matches_the_reference(submission, reference, case):
    mine, theirs = (decode(module, case)[0] for module in (submission, reference))
    assert_matches(mine, theirs, atol=atol(case), quantity="outputs")


@graded(
    points=1,
    title={
        "en": "Gradients flow back to the encoder and every parameter",
        "zh": "梯度能传回编码器和每一个模型参数",
    },
    needs=["matches_the_reference"],
)
@given(case=gradients(), share=0.2)
def test_gradients_flow_back(submission, reference, case):
    mine, theirs = (gradients_of(module, case) for module in (submission, reference))
    for name, wanted in theirs.items():
        quantity = {"en": f"the gradient of {name}", "zh": f"{name} 的梯度"}
        assert_matches(mine[name], wanted, quantity=quantity)


def gradients_of(module, case):
    """By name: those of the encoder's tensors, where words come one at a time, and of the parameters."""
    inputs = case.inputs
    decoder = build(module, inputs)
    by_name = vjp(decoder, [inputs.X, begin(decoder, inputs)], case.cotangent, parameters=True)
    encoded = helper(module, "parameters", [inputs.outputs, inputs.hidden_state], keep=True)
    state, outputs = begin(decoder, inputs, tuple(encoded)), []
    for x in inputs.X.tensor.split(1, dim=1):
        output, state = forward(decoder, x, state)
        outputs.append(output)
    helper(module, "closure", outputs, list(case.cotangent.tensor.split(1, dim=1)), keep=True)()  # a backward pass
    found = dict(zip(("enc_outputs[0]", "enc_outputs[1]"), helper(module, "get_grads", encoded), strict=True))
    return {**found, **{name: by_name.get(name) for name in inputs.parameters}}


@graded(
    points=1,
    title={
        "en": "Dropout acts on attention weights and between layers, in training only",
        "zh": "暂退法只在训练时作用于注意力权重和各层之间",
    },
    needs=["matches_the_reference"],  # what was dropped is read off the outputs
)
@given(case=droppings(), share=0.12)
def test_dropout_in_training_only(submission, reference, case):
    """Never with a single layer, for which nn.GRU warns that it has no use for dropout."""
    (b, steps), h, p = case.X.tensor.shape, case.hidden_state.shape[2], case.dropout
    decoder = build(submission, case, p)

    def first_layer(X, outputs):
        """What came out of the first layer and into the second, (b, steps, h)."""
        found, _ = forward(decoder, X, begin(decoder, case, (outputs, case.hidden_state)))
        return torch.atanh(tensor(fetch(found), "outputs", shape=(b, steps, h)))

    for training in (True, False):
        decoder.train(training)
        features = first_layer(case.X.tensor, case.outputs * 0)
        if training:
            feature = {"en": "feature between the layers", "zh": "层间特征"}
            assert_dropped(features, case.embedded, p, quantity="torch.atanh(outputs)", weight=feature)
        else:
            name = {"en": "torch.atanh(outputs) in eval mode", "zh": "评估模式下的 torch.atanh(outputs) "}
            assert_matches(features, case.embedded, quantity=name)
        features = first_layer(case.X.tensor * 0, case.outputs)  # 0 where weight or feature was dropped
        weights = torch.cat([tensor(one, shape=(b, 1, h)) for one in weights_of(decoder, steps)], dim=1)
        used, scaled = (torch.atanh(features * (1 - p)), weights / (1 - p)) if training else (features.atanh(), weights)
        wrong = ~torch.isclose(used, scaled, rtol=1e-7, atol=1e-12) & ~(training & (features == 0))
        before, after, wanted = (float(one[wrong][0]) if wrong.any() else 0.0 for one in (weights, used, scaled))
        mode = {"en": "in training" if training else "in eval mode", "zh": "训练时" if training else "评估模式下"}
        check(
            not wrong.any(),
            {"en": f"{mode['en']} with dropout={p}, a weight stored as {before:.6g} counts {after:.6g} in the context, "
                   f"expected {'0 or ' * training}{wanted:.6g}",
             "zh": f"{mode['zh']} dropout={p}，保存的权重 {before:.6g} 在上下文变量中变成了 {after:.6g}，"
                   f"应为 {'0 或 ' * training}{wanted:.6g}"},
            expected=scaled,
            actual=used,
            quantity={"en": "the attention weights that were used", "zh": "实际使用的注意力权重"},
        )  # fmt: skip
