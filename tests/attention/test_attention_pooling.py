"""Properties of attention_pooling, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. the mean comes once, not once per query; or it is the mean of the wrong thing   → average_pooling
2. the softmax runs over the queries                                               → weights_are_a_distribution
3. exp alone: the kernel is not normalised, so predictions leave the range of y    → weights_are_a_distribution
4. the minus is forgotten: the farthest key gets most                              → matches_the_reference
5. the bandwidth multiplies, or is not squared with the distance                   → matches_the_reference
6. exp / sum without the maximum: 0 / 0 at small bandwidths and far queries        → bandwidth_between_its_limits
7. a bandwidth of 0 is let through                                                 → bad_bandwidth
8. w is a plain tensor, or begins at a fixed number                                → w_is_drawn
9. in the class, queries are tiled (repeat), or rows are mixed by a matrix product → kernel_regression
10. differences are taken in place, or the weights detached                        → leaves_its_arguments_alone,
                                                                                     gradients_flow_back
"""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st

from grader.kit import (
    Values,
    assert_arguments_kept,
    assert_distributions,
    assert_matches,
    assert_raises,
    assert_same,
    check,
    given,
    graded,
    helper,
    sizes,
    tensor,
    vjp,
)


@dataclass(frozen=True)
class Points:
    x_query: Values
    x_train: Values
    y_train: Values
    bandwidth: float | None  # None: left to the default


@dataclass(frozen=True)
class Shifted:
    x_query: Values
    x_train: Values
    y_train: Values
    bandwidth: float
    shift: float


@dataclass(frozen=True)
class Limits:
    x_query: Values
    x_train: Values
    y_train: Values
    small: float
    large: float


@dataclass(frozen=True)
class Regression:
    queries: Values
    keys: Values
    values: Values
    w: Values


@dataclass(frozen=True)
class Gradient:
    x_train: Values
    y_train: Values
    bandwidth: float
    queries: Values
    keys: Values
    values: Values
    w: Values
    cotangent: Values


@dataclass(frozen=True)
class Start:
    number: int


BANDWIDTHS = (0.5, 2.5, 1.5)


def drawn(draw, dtype="float64", offset=0.0):
    """One seed draws all three tensors (Hypothesis charges by the draw)."""
    q, k, seed = draw(sizes()), draw(sizes()), draw(st.integers(0, 2**16))
    return Values((q,), seed, dtype, offset=offset), Values((k,), seed + 1, dtype), Values((k,), seed + 2, dtype)


@st.composite
def points(draw):
    tensors = drawn(draw, draw(st.sampled_from(["float64", "float32"])))
    return Points(*tensors, draw(st.sampled_from([None, *BANDWIDTHS])))


@st.composite
def shifted(draw):
    return Shifted(*drawn(draw), draw(st.sampled_from(BANDWIDTHS)), draw(st.sampled_from([10.0, -25.5])))


@st.composite
def limits(draw):
    """Queries among the keys or far from all of them; 0.03 off, so that no two different keys are equally near."""
    tensors = drawn(draw, offset=draw(st.sampled_from([0.03, 60.03, -60.03])))
    return Limits(*tensors, draw(st.sampled_from([0.005, 0.001])), draw(st.sampled_from([1e6, 1e8])))


@st.composite
def bad_bandwidths(draw):
    return Points(*drawn(draw), draw(st.sampled_from([0.0, -1.0, -0.001, -2.5])))


def regression(draw, dtype):
    """In float64 some queries lie far from all keys, where every exp is 0."""
    q, k, seed = draw(sizes()), draw(sizes()), draw(st.integers(0, 2**16))
    shapes = {"queries": (q,), "keys": (q, k), "values": (q, k)}
    tensors = {name: Values(shape, seed + i, dtype) for i, (name, shape) in enumerate(shapes.items())}
    if dtype == "float64" and seed % 3 == 0:
        tensors["queries"] = Values((q,), seed, dtype, offset=60.0)
    return Regression(**tensors, w=Values((1,), seed + 3, dtype, scale=0.5))


@st.composite
def regressions(draw):
    return regression(draw, draw(st.sampled_from(["float64", "float32"])))


@st.composite
def gradients(draw):
    case, k = regression(draw, "float64"), draw(sizes())
    seed = case.queries.seed + 4
    return Gradient(
        x_train=Values((k,), seed),
        y_train=Values((k,), seed + 1),
        bandwidth=draw(st.sampled_from(BANDWIDTHS)),
        **vars(case),
        cotangent=Values(case.queries.shape, seed + 2),
    )


ordinary = points()
regressing = regressions()


def bandwidth(case):
    return [] if case.bandwidth is None else [case.bandwidth]


def build(module, case):
    """A kernel regression with the case's w."""
    regression = module.NWKernelRegression()
    if case.w.dtype == "float64":
        regression.double()
    helper(module, "load_parameters", regression, {"w": case.w})
    return regression


def regress(module, case):
    regression = build(module, case)
    output = regression(case.queries, case.keys, case.values)
    return {"output": output, "attention_weights": regression.attention_weights}


@graded(
    points=1,
    title={
        "en": "average_pooling returns the mean of y_train for every query",
        "zh": "average_pooling 对每个查询都返回 y_train 的平均值",
    },
)
@given(case=ordinary)
def test_average_pooling(submission, reference, case):
    mine, theirs = (module.average_pooling(case.x_query, case.y_train) for module in (submission, reference))
    assert_matches(mine, theirs, quantity="average_pooling(x_query, y_train)")


@graded(
    points=1,
    title={
        "en": "gaussian_weights is (q, k), of the inputs' dtype; every row is a distribution",
        "zh": "gaussian_weights 的形状为 (q, k)，数据类型与输入相同，每一行都是概率分布",
    },
    teaching="tells a wrong axis or a missing normalisation apart from a wrong kernel, before any number is compared",
)
@given(case=ordinary)
def test_weights_are_a_distribution(submission, reference, case):
    weights = submission.gaussian_weights(case.x_query, case.x_train, *bandwidth(case))
    shape = (*case.x_query.shape, *case.x_train.shape)
    assert_distributions(tensor(weights, "weights", shape=shape, dtype=case.x_query.tensor.dtype))


@graded(
    points=1,
    title={
        "en": "A prediction stays within the values, and moves with nothing when all x are shifted",
        "zh": "预测值不超出值的范围，且所有 x 平移后预测值不变",
    },
    teaching="the law behind pooling: a filter smooths and never extrapolates, and only differences of x count",
)
@given(case=shifted())
def test_a_prediction_is_a_mixture(submission, reference, case):
    x_query, x_train, y_train = (one.tensor for one in (case.x_query, case.x_train, case.y_train))
    predicted = submission.nadaraya_watson(x_query, x_train, y_train, case.bandwidth)
    predicted = tensor(predicted, "prediction", shape=case.x_query.shape, dtype=torch.float64)
    least, most = float(y_train.min()), float(y_train.max())
    outside = ~((predicted >= least - 1e-9) & (predicted <= most + 1e-9))  # NaN too
    first = float(predicted[outside][0]) if outside.any() else 0.0
    check(
        not outside.any(),
        {
            "en": f"there is a prediction of {first:.6g}, expected a mixture of values between {least:.6g} and {most:.6g}",
            "zh": f"有一个预测值为 {first:.6g}，应为 {least:.6g} 与 {most:.6g} 之间的值的加权平均",
        },
        actual=predicted,
        quantity="prediction",
    )
    again = submission.nadaraya_watson(x_query + case.shift, x_train + case.shift, y_train, case.bandwidth)
    assert_same(
        again,
        predicted,
        quantity={
            "en": f"after {case.shift} is added to x_query and x_train, the prediction",
            "zh": f"x_query 与 x_train 都加上 {case.shift} 之后，预测值",
        },
        otherwise={"en": "before that", "zh": "在此之前"},
    )


@graded(
    points=1,
    title={"en": "Weights and predictions match the reference", "zh": "权重和预测值与参考实现一致"},
    needs=["weights_are_a_distribution", "a_prediction_is_a_mixture"],
)
@given(case=ordinary)
def test_matches_the_reference(submission, reference, case):
    for name, args in (
        ("gaussian_weights", [case.x_query, case.x_train]),
        ("nadaraya_watson", [case.x_query, case.x_train, case.y_train]),
    ):
        mine, theirs = (getattr(module, name)(*args, *bandwidth(case)) for module in (submission, reference))
        atol = 1e-4 if case.x_query.dtype == "float32" else None  # a prediction may cancel to 0
        assert_matches(mine, theirs, atol=atol, quantity=name)


@graded(
    points=1,
    title={
        "en": "Small bandwidths pick the nearest value, large ones the average, from any distance",
        "zh": "无论查询有多远，带宽很小时取最近的值，很大时取平均值",
    },
)
@given(case=limits())
def test_bandwidth_between_its_limits(submission, reference, case):
    x_query, x_train, y_train = (one.tensor for one in (case.x_query, case.x_train, case.y_train))
    distances = (x_query[:, None] - x_train).abs()  # (q, k)
    nearest = (distances == distances.amin(dim=1, keepdim=True)).double()  # (q, k), several where keys are equal
    for size, wanted in (
        (case.small, nearest @ y_train / nearest.sum(dim=1)),
        (case.large, y_train.mean().expand(x_query.shape)),
    ):
        assert_matches(
            submission.nadaraya_watson(x_query, x_train, y_train, size),
            wanted,
            atol=1e-7,
            quantity={"en": f"the prediction at bandwidth {size:g}", "zh": f"带宽为 {size:g} 时的预测值"},
        )


@graded(
    points=1,
    title={"en": "A bandwidth of 0 or less raises ValueError", "zh": "带宽小于等于 0 时抛出 ValueError"},
)
@given(case=bad_bandwidths())
def test_bad_bandwidth(submission, reference, case):
    assert_raises("ValueError", submission.gaussian_weights, case.x_query, case.x_train, case.bandwidth)
    assert_raises("ValueError", submission.nadaraya_watson, case.x_query, case.x_train, case.y_train, case.bandwidth)


@graded(
    points=1,
    title={
        "en": "w is (1,), drawn anew from [0, 1) each time",
        "zh": "w 的形状为 (1,)，每次都在 [0, 1) 上重新随机抽取",
    },
)
@given(case=st.integers(0, 2**16).map(Start))
def test_w_is_drawn(submission, reference, case):
    drawn = []
    for _ in range(8):
        state = submission.NWKernelRegression().state_dict()
        check(
            "w" in state,
            {"en": f"state_dict() has no w; it has {', '.join(state) or 'nothing'}",
             "zh": f"state_dict() 中没有 w；其中有：{', '.join(state) or '（空）'}"},
        )  # fmt: skip
        drawn.append(tensor(state["w"], "w", shape=(1,), dtype=torch.float32))
    w = torch.cat(drawn)  # (8,)
    check(
        ((w >= 0) & (w < 1)).all(),
        {"en": "a new w lies outside [0, 1)", "zh": "新建的 w 超出了 [0, 1)"},
        actual=w,
        quantity={"en": "w of eight new objects", "zh": "八个新对象的 w"},
    )
    check(
        (w != w[0]).any(),
        {"en": f"eight new objects all have w = {float(w[0]):.6g}, expected a random start",
         "zh": f"八个新对象的 w 都是 {float(w[0]):.6g}，应随机初始化"},
        actual=w,
        quantity={"en": "w of eight new objects", "zh": "八个新对象的 w"},
    )  # fmt: skip


@graded(
    points=1,
    title={
        "en": "NWKernelRegression's output and attention_weights match the reference",
        "zh": "NWKernelRegression 的输出和 attention_weights 与参考实现一致",
    },
)
@given(case=regressing)
def test_kernel_regression(submission, reference, case):
    atol = 1e-4 if case.queries.dtype == "float32" else None  # an output may cancel to 0
    assert_matches(regress(submission, case), regress(reference, case), atol=atol)


@graded(points=1, title={"en": "Leaves its arguments alone", "zh": "不改动传入的实参"})
@given(case=gradients())
def test_leaves_its_arguments_alone(submission, reference, case):
    x, y = case.x_train, case.y_train
    assert_arguments_kept(submission.average_pooling, case.queries, y, names=["x_query", "y_train"])
    assert_arguments_kept(submission.gaussian_weights, case.queries, x, case.bandwidth, names=["x_query", "x_train"])
    names = ["x_query", "x_train", "y_train"]
    assert_arguments_kept(submission.nadaraya_watson, case.queries, x, y, case.bandwidth, names=names)
    names = ["queries", "keys", "values"]
    assert_arguments_kept(build(submission, case), case.queries, case.keys, case.values, names=names)


@graded(
    points=1,
    title={"en": "Gradients flow back to queries, keys, values and w", "zh": "梯度能传回查询、键、值和 w"},
    needs=["average_pooling", "matches_the_reference", "kernel_regression"],
)
@given(case=gradients())
def test_gradients_flow_back(submission, reference, case):
    inputs = [case.queries, case.x_train, case.y_train]
    for call, names in (
        (lambda module: vjp(module.average_pooling, inputs[::2], case.cotangent), {"y_train": "1"}),
        (
            lambda module: vjp(module.nadaraya_watson, [*inputs, case.bandwidth], case.cotangent),
            {"x_query": "0", "x_train": "1", "y_train": "2"},
        ),
        (
            lambda module: vjp(
                build(module, case), [case.queries, case.keys, case.values], case.cotangent, parameters=True
            ),
            {"queries": "0", "keys": "1", "values": "2", "w": "w"},
        ),
    ):
        mine, theirs = call(submission), call(reference)
        for name, key in names.items():
            quantity = {"en": f"the gradient of {name}", "zh": f"{name} 的梯度"}
            assert_matches(mine.get(key), theirs[key], quantity=quantity)
