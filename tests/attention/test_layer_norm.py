"""Properties of layer_norm, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. X is centred in place                                                        → shape_and_dtype
2. the variance is divided by d - 1, or its root is not taken                   → mean_0_and_variance_1
3. the mean is not subtracted                                                   → mean_0_and_variance_1
4. mean and variance are taken over the batch, or over all of X                 → every_vector_by_itself
5. eps is added after the root, left out, or always 1e-5                        → matches_the_reference
6. gamma or beta is left out, or beta is added before gamma is applied          → matches_the_reference
7. mean and variance are detached, so that gradients take them for constants    → gradients_flow_back
8. layer_norm calls F.layer_norm                                                → written_out
9. X is not added, or Y or X is normalized before the sum                       → add_norm
10. dropout acts on X, on the sum or on the output, never, or in eval mode too  → dropout_on_y, add_norm
"""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st

from grader.kit import (
    Exact,
    Values,
    assert_arguments_kept,
    assert_drop_rate,
    assert_matches,
    assert_same,
    check,
    given,
    graded,
    helper,
    outcome,
    sizes,
    tensor,
    vjp,
)


@dataclass(frozen=True)
class Normalizing:
    """eps None relies on the default."""

    X: Values
    gamma: Values
    beta: Values
    eps: float | None

    def shown(self):
        eps = {} if self.eps is None else {"eps": self.eps}
        return {"X": self.X, "gamma": self.gamma, "beta": self.beta, **eps}


@dataclass(frozen=True)
class Gradient:
    X: Values
    gamma: Values
    beta: Values
    eps: float | None
    cotangent: Values

    def shown(self):
        eps = {} if self.eps is None else {"eps": self.eps}
        return {"X": self.X, "gamma": self.gamma, "beta": self.beta, **eps, "cotangent": self.cotangent}


@dataclass(frozen=True)
class Adding:
    X: Values
    Y: Values
    normalized_shape: int | list[int]
    weight: Values
    bias: Values

    def shown(self):
        return {
            "X": self.X,
            "Y": self.Y,
            "normalized_shape": self.normalized_shape,
            "ln.weight": self.weight,
            "ln.bias": self.bias,
        }


@dataclass(frozen=True)
class AddingGradient:
    inputs: Adding
    cotangent: Values

    def shown(self):
        return {**self.inputs.shown(), "cotangent": self.cotangent}


@dataclass(frozen=True)
class Dropping:
    X: Values
    Y: Values
    dropout: float


KINDS = [
    ("float64", 1.0, 0.0),
    ("float32", 1.0, 0.0),
    ("float64", 1.0, 50.0),  # a mean far from 0
    ("float64", 0.001, 0.0),  # a variance below eps
    ("float64", 100.0, 0.0),
]
"""dtype, scale and offset of X. float32 stays near 0: E[x²] - E[x]² is right too, and loses digits elsewhere."""

ATOL32 = 5e-3
"""In float32 nearly equal entries cost E[x²] - E[x]² some digits, and √eps divides rounding errors; float64 is exact."""


@st.composite
def normalizings(draw, kinds=KINDS, narrowest=1):
    """X of one to four axes; one seed draws all tensors (Hypothesis charges by the draw)."""
    shape = (*(draw(sizes(4)) for _ in range(draw(st.integers(0, 3)))), draw(sizes(6, narrowest)))
    (dtype, scale, offset), seed = draw(st.sampled_from(kinds)), draw(st.integers(0, 2**16))
    return Normalizing(
        X=Values(shape, seed, dtype, scale, offset),
        gamma=Values(shape[-1:], seed + 1, dtype),
        beta=Values(shape[-1:], seed + 2, dtype),
        eps=draw(st.sampled_from([None, 1e-5, 0.01, 0.5])),
    )


def has_constant_vectors(X):
    """Whether all entries of a vector are equal: there the gradient of a standard deviation, squared later, is NaN."""
    return bool((X[..., :1] == X).all(dim=-1).any())


@st.composite
def gradients(draw):
    case = draw(normalizings(kinds=[KINDS[0], KINDS[2]], narrowest=2))
    X = case.X
    while has_constant_vectors(X.tensor):
        X = Values(X.shape, X.seed + 1000, X.dtype, X.scale, X.offset)
    return Gradient(X, case.gamma, case.beta, case.eps, Values(X.shape, X.seed + 3))


@st.composite
def addings(draw, dtypes=("float64", "float32"), narrowest=1):
    b, n, d, seed = draw(sizes(4)), draw(sizes(4)), draw(sizes(5, narrowest)), draw(st.integers(0, 2**16))
    dtype = draw(st.sampled_from(dtypes))
    normalized_shape = draw(st.sampled_from([d, [d], [n, d]]))
    shape = (n, d) if normalized_shape == [n, d] else (d,)
    return Adding(
        X=Values((b, n, d), seed, dtype),
        Y=Values((b, n, d), seed + 1, dtype),
        normalized_shape=normalized_shape,
        weight=Values(shape, seed + 2, dtype),
        bias=Values(shape, seed + 3, dtype),
    )


@st.composite
def adding_gradients(draw):
    case = draw(addings(dtypes=("float64",), narrowest=2))
    X = case.X
    while has_constant_vectors(X.tensor + case.Y.tensor):
        X = Values(X.shape, X.seed + 1000)
    adding = Adding(X, case.Y, case.normalized_shape, case.weight, case.bias)
    return AddingGradient(adding, Values(X.shape, X.seed + 4))


@st.composite
def droppings(draw):
    """Larger than the others: a rate shows only in numbers."""
    b, n, d, seed = draw(sizes(4)), draw(sizes(16)), draw(sizes(4, 3)), draw(st.integers(0, 2**16))
    p = draw(st.sampled_from([0.5, 0.3, 0.7]))
    return Dropping(Values((b, n, d), seed), Values((b, n, d), seed + 1, nonzero=True), p)


ordinary = normalizings()


def options(case):
    return {} if case.eps is None else {"eps": case.eps}


def normalize(module, case):
    return module.layer_norm(case.X, case.gamma, case.beta, **options(case))


def build(module, case, dropout):
    """An AddNorm with the case's parameters, in eval mode."""
    add_norm = module.AddNorm(case.normalized_shape, dropout)
    if case.X.dtype == "float64":
        add_norm.double()
    helper(module, "load_parameters", add_norm, {"ln.weight": case.weight, "ln.bias": case.bias})
    return add_norm.eval()


@graded(
    points=1,
    title={
        "en": "layer_norm keeps the shape and dtype of X; the arguments stay as they were",
        "zh": "layer_norm 保持 X 的形状和数据类型；传入的实参不被改动",
    },
)
@given(case=ordinary)
def test_shape_and_dtype(submission, reference, case):
    args, names = (case.X, case.gamma, case.beta), ("X", "gamma", "beta")
    ended = assert_arguments_kept(submission.layer_norm, *args, names=names, **options(case))
    tensor(ended.value, "layer_norm(X)", shape=case.X.shape, dtype=case.X.tensor.dtype)


@graded(
    points=1,
    title={
        "en": "With gamma 1 and beta 0 every vector gets mean 0 and variance σ²/(σ² + ε)",
        "zh": "gamma 为 1、beta 为 0 时，每个向量的均值变为 0，方差变为 σ²/(σ² + ε)",
    },
    needs=["shape_and_dtype"],
    teaching="the law that gives the layer its name: tells a wrong mean from a wrong variance, without gamma and beta",
)
@given(case=normalizings(kinds=[one for one in KINDS if one[0] == "float64"]))
def test_mean_0_and_variance_1(submission, reference, case):
    X = case.X.tensor
    gamma, beta = torch.ones(X.shape[-1:], dtype=X.dtype), torch.zeros(X.shape[-1:], dtype=X.dtype)
    normalized = tensor(submission.layer_norm(X, gamma, beta, **options(case)))
    mean, variance = normalized.mean(dim=-1), X.var(dim=-1, correction=0)
    name = {"en": "the mean of every vector", "zh": "各个向量的均值"}
    assert_matches(mean, torch.zeros_like(mean), quantity=name)
    wanted = variance / (variance + (1e-5 if case.eps is None else case.eps))
    name = {"en": "the variance of every vector", "zh": "各个向量的方差"}
    assert_matches(normalized.var(dim=-1, correction=0), wanted, quantity=name)


@graded(
    points=1,
    title={"en": "Every vector is normalized by itself", "zh": "每个向量都单独做规范化"},
    needs=["shape_and_dtype"],
    teaching="says that a vector's neighbours matter, as in batch normalization, where others show numbers that differ",
)
@given(case=ordinary)
def test_every_vector_by_itself(submission, reference, case):
    X = case.X.tensor
    place = tuple(case.X.seed // (axis + 1) % size for axis, size in enumerate(X.shape[:-1]))
    together = tensor(normalize(submission, case))[place]
    alone = submission.layer_norm(X[place], case.gamma, case.beta, **options(case))
    index = ", ".join(map(str, place)) or "..."
    name = {"en": f"layer_norm(X[{index}])", "zh": f"layer_norm(X[{index}])"}
    atol = ATOL32 if case.X.dtype == "float32" else None
    otherwise = {"en": "within layer_norm(X)", "zh": "在 layer_norm(X) 中"}
    assert_same(alone, together, atol=atol, quantity=name, otherwise=otherwise)


@graded(
    points=2,
    title={"en": "layer_norm matches the reference", "zh": "layer_norm 与参考实现一致"},
    teaching="the only one to show the result beside the right one; what it catches, the others show as laws or gradients",
)
@given(case=ordinary)
def test_matches_the_reference(submission, reference, case):
    atol = ATOL32 if case.X.dtype == "float32" else None
    mine, theirs = normalize(submission, case), normalize(reference, case)
    assert_matches(mine, theirs, atol=atol, quantity="layer_norm(X)")


@graded(
    points=1,
    title={
        "en": "Gradients of layer_norm flow back to X, gamma and beta",
        "zh": "layer_norm 的梯度能传回 X、gamma 和 beta",
    },
)
@given(case=gradients())
def test_gradients_flow_back(submission, reference, case):
    args = [case.X, case.gamma, case.beta, *([] if case.eps is None else [case.eps])]
    mine, theirs = (vjp(module.layer_norm, args, case.cotangent) for module in (submission, reference))
    for position, name in enumerate(["X", "gamma", "beta"]):
        assert_matches(
            mine[f"{position}"],
            theirs[f"{position}"],
            quantity={"en": f"the gradient of {name}", "zh": f"{name} 的梯度"},
        )


@graded(
    points=1,
    title={
        "en": "layer_norm is written out: it has a gradient by eps, too",
        "zh": "layer_norm 是自己写出的：对 eps 也有梯度",
    },
    needs=["shape_and_dtype"],
)
@given(case=gradients())
def test_written_out(submission, reference, case):
    """The normalizations of torch take eps as a number, and refuse a tensor that requires gradients."""
    eps = Exact(1e-5 if case.eps is None else case.eps)
    ended = outcome(submission.layer_norm, case.X, case.gamma, case.beta, eps.tensor.requires_grad_())
    if ended.error is not None:
        check(
            "TypeError" not in ended.error.bases,
            {"en": "layer_norm takes no tensor for eps, as if it called a ready-made normalization such as "
                   "F.layer_norm, expected the mean, the variance and the division written out",
             "zh": "layer_norm 不接受张量 eps，像是调用了 F.layer_norm 之类现成的规范化；应自己写出均值、方差和除法"},
        )  # fmt: skip
        raise ended.error
    args = [case.X, case.gamma, case.beta, eps]
    mine, theirs = (vjp(module.layer_norm, args, case.cotangent)["3"] for module in (submission, reference))
    assert_matches(mine, theirs, quantity={"en": "the gradient of eps", "zh": "eps 的梯度"})


@graded(
    points=1,
    title={"en": "AddNorm returns ln(Y + X) in eval mode", "zh": "评估模式下 AddNorm 返回 ln(Y + X)"},
)
@given(case=addings())
def test_add_norm(submission, reference, case):
    ended = assert_arguments_kept(build(submission, case, dropout=0.5), case.X, case.Y, names=["X", "Y"])
    wanted = build(reference, case, dropout=0.5)(case.X, case.Y)
    atol = ATOL32 if case.X.dtype == "float32" else None
    assert_matches(ended.value, wanted, atol=atol, quantity="AddNorm(X, Y)")


@graded(
    points=1,
    title={
        "en": "Gradients of AddNorm flow back to X, Y and the parameters of ln",
        "zh": "AddNorm 的梯度能传回 X、Y 和 ln 的模型参数",
    },
)
@given(case=adding_gradients())
def test_add_norm_gradients(submission, reference, case):
    inputs = case.inputs
    add_norms = (build(module, inputs, dropout=0.0) for module in (submission, reference))
    mine, theirs = (vjp(one, [inputs.X, inputs.Y], case.cotangent, parameters=True) for one in add_norms)
    for name, key in {"X": "0", "Y": "1", "ln.weight": "ln.weight", "ln.bias": "ln.bias"}.items():
        assert_matches(mine.get(key), theirs[key], quantity={"en": f"the gradient of {name}", "zh": f"{name} 的梯度"})


@graded(
    points=1,
    title={"en": "In training, AddNorm drops entries of Y, and of Y alone", "zh": "训练时，AddNorm 只丢弃 Y 中的项"},
    needs=["add_norm"],  # what dropout does is read off the output
)
@given(case=droppings())
def test_dropout_on_y(submission, reference, case):
    """With d features there are 2^d ways to drop entries of a vector: the output must be one of them."""
    X, Y, p, d = case.X.tensor, case.Y.tensor, case.dropout, case.X.shape[2]
    add_norm = submission.AddNorm([d], p)
    add_norm.double()
    output = tensor(add_norm(case.X, case.Y), "AddNorm(X, Y)", shape=case.X.shape, dtype=X.dtype)
    kept = (torch.arange(2**d).flip(0)[:, None] >> torch.arange(d)) & 1  # (2^d, d), all kept first
    sums = X + Y * kept[:, None, None] / (1 - p)  # (2^d, b, n, d)
    possible = torch.nn.functional.layer_norm(sums, (d,))  # (2^d, b, n, d)
    same = torch.isclose(output, possible, rtol=1e-7, atol=1e-9).all(dim=-1)  # (2^d, b, n)
    impossible = (~same.any(dim=0)).nonzero().tolist()  # places (b, n)
    i, j = impossible[0] if impossible else (0, 0)
    check(
        not impossible,
        {"en": f"in training with dropout={p}, the output at [{i}, {j}] is not ln(X + Y) for any way to drop entries "
               f"of Y and divide the others by {1 - p:.1f}",
         "zh": f"训练时 dropout={p}，无论丢弃 Y 中的哪些项并把其余的除以 {1 - p:.1f}，"
               f"ln(X + Y) 都得不到 [{i}, {j}] 处的输出"},
        actual=output[i, j],
        quantity=f"AddNorm(X, Y)[{i}, {j}]",
    )  # fmt: skip
    dropped = kept[same.int().argmax(dim=0)] == 0  # (b, n, d)
    assert_drop_rate(dropped, p, quantity="AddNorm(X, Y)", actual=output)
