"""Properties of position_wise_ffn, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. the layers have other names, or no biases                                 → parameters
2. the sizes of a layer are exchanged                                        → parameters
3. there is no activation at all                                             → matches_the_reference
4. ReLU stands before the first or behind the second layer                   → matches_the_reference
5. another activation: GELU, tanh, sigmoid                                   → matches_the_reference
6. positions are averaged, or normalized over                                → position_by_position
7. dropout between the layers                                                → matches_the_reference
8. X is added to the output                                                  → shape_and_dtype, matches_the_reference
9. X is changed in place (a ReLU on it, a reshape)                           → shape_and_dtype
10. the hidden values are detached                                           → gradients_flow_back
"""

from dataclasses import dataclass

from hypothesis import strategies as st

from grader.kit import Values, assert_arguments_kept, assert_matches, check, given, graded, helper, sizes, tensor, vjp


@dataclass(frozen=True)
class Network:
    X: Values
    weight1: Values
    bias1: Values
    weight2: Values
    bias2: Values

    @property
    def sizes(self):
        (hiddens, inputs), outputs = self.weight1.shape, self.weight2.shape[0]
        return inputs, hiddens, outputs

    @property
    def parameters(self):
        return {
            "dense1.weight": self.weight1,
            "dense1.bias": self.bias1,
            "dense2.weight": self.weight2,
            "dense2.bias": self.bias2,
        }

    def shown(self):
        return {"X": self.X, **self.parameters}


@dataclass(frozen=True)
class Gradient(Network):
    cotangent: Values

    def shown(self):
        return {**super().shown(), "cotangent": self.cotangent}


@st.composite
def networks(draw, dtypes=("float64", "float32"), kind=Network):
    """One seed draws all tensors (Hypothesis charges by the draw).

    Products have two decimals and the first bias ends in 5 thousandths, so that no hidden value is 0 before ReLU.
    """
    b, n, inputs, hiddens, outputs = (draw(sizes()) for _ in range(5))
    dtype, seed = draw(st.sampled_from(dtypes)), draw(st.integers(0, 2**16))
    tensors = [
        Values((b, n, inputs), seed, dtype),
        Values((hiddens, inputs), seed + 1, dtype),
        Values((hiddens,), seed + 2, dtype, offset=0.005),
        Values((outputs, hiddens), seed + 3, dtype),
        Values((outputs,), seed + 4, dtype),
    ]
    return kind(*tensors, *([Values((b, n, outputs), seed + 5, dtype)] if kind is Gradient else []))


ordinary = networks()


def build(module, case):
    """A network with the case's parameters, in training mode as it was made."""
    ffn = module.PositionWiseFFN(*case.sizes)
    if case.X.dtype == "float64":
        ffn.double()
    helper(module, "load_parameters", ffn, case.parameters)
    return ffn


@graded(
    points=2,
    title={
        "en": "dense1 and dense2 have weights and biases of the right sizes",
        "zh": "dense1 和 dense2 的权重与偏置大小正确",
    },
)
@given(case=ordinary)
def test_parameters(submission, reference, case):
    state = submission.PositionWiseFFN(*case.sizes).state_dict()
    for name, wanted in case.parameters.items():
        check(
            name in state,
            {
                "en": f"state_dict() has no {name}; it has {', '.join(sorted(state)) or 'nothing'}",
                "zh": f"state_dict() 中没有 {name}；其中有：{', '.join(sorted(state)) or '（空）'}",
            },
        )
        tensor(state[name], name, shape=wanted.shape)


@graded(
    points=1,
    title={
        "en": "The output is (b, n, ffn_num_outputs), of the module's dtype; X stays as it was",
        "zh": "输出的形状为 (b, n, ffn_num_outputs)，数据类型与模块相同；X 不被改动",
    },
    needs=["parameters"],
    teaching="says that the shape is wrong, or X was changed, before any number is compared",
)
@given(case=ordinary)
def test_shape_and_dtype(submission, reference, case):
    output = assert_arguments_kept(build(submission, case), case.X, names=["X"]).value
    (b, n, _), outputs = case.X.shape, case.weight2.shape[0]
    tensor(output, "output", shape=(b, n, outputs), dtype=case.X.tensor.dtype)


@graded(
    points=2,
    title={
        "en": "Every position goes through the same map, by itself",
        "zh": "每个位置单独经过同一个映射",
    },
    needs=["shape_and_dtype"],
)
@given(case=ordinary)
def test_position_by_position(submission, reference, case):
    ffn, X = build(submission, case).eval(), case.X.tensor
    whole = tensor(ffn(X), "output")
    atol = 1e-4 if case.X.dtype == "float32" else None  # an output may cancel to 0
    for i in range(X.shape[1]):
        quantity = {"en": f"the output for position {i} alone", "zh": f"只输入位置 {i} 时的输出"}
        assert_matches(ffn(X[:, i : i + 1]), whole[:, i : i + 1], atol=atol, quantity=quantity)


@graded(
    points=4,
    title={"en": "Matches the reference", "zh": "与参考实现一致"},
    needs=["position_by_position"],
)
@given(case=ordinary)
def test_matches_the_reference(submission, reference, case):
    mine, theirs = (build(module, case)(case.X) for module in (submission, reference))
    atol = 1e-4 if case.X.dtype == "float32" else None  # an output may cancel to 0
    assert_matches(mine, theirs, atol=atol, quantity="output")


@graded(
    points=1,
    title={"en": "Gradients flow back to X and to the parameters", "zh": "梯度能传回 X 和各参数"},
    needs=["matches_the_reference"],
)
@given(case=networks(dtypes=("float64",), kind=Gradient))
def test_gradients_flow_back(submission, reference, case):
    mine, theirs = (
        vjp(build(module, case), [case.X], case.cotangent, parameters=True) for module in (submission, reference)
    )
    for key, name in {"0": "X", **{name: name for name in case.parameters}}.items():
        quantity = {"en": f"the gradient of {name}", "zh": f"{name} 的梯度"}
        assert_matches(mine.get(key), theirs[key], quantity=quantity)
