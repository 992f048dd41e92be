"""Properties of self_attention, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. causal_mask is upper triangular, lacks its diagonal, or holds numbers        → causal_mask
2. only the output is returned, or W_v is not used                              → shape_and_dtype
3. the softmax runs over the queries                                            → weights_are_a_distribution
4. the mask is inverted, transposed, ignored, or applied after the softmax      → weights_are_a_distribution
5. the causal mask is applied although none was given                           → order_does_not_matter
6. the scores are not scaled, or by √d, √n or p instead of √p                   → matches_the_reference
7. queries and keys are exchanged                                               → matches_the_reference
8. exp without subtracting the maximum, or masked scores of -1000               → large_scores
9. the weights are detached first and then used                                 → gradients_flow_back
10. W_q or X is scaled in place                                                  → leaves_its_arguments_alone
"""

from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st

from grader.kit import (
    Exact,
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

CLOSE = 1e-5
"""In float64, too: √p as torch.sqrt(torch.tensor(p)) is float32."""


@dataclass(frozen=True)
class Length:
    n: int


@dataclass(frozen=True)
class Sequences:
    X: Values
    W_q: Values
    W_k: Values
    W_v: Values
    mask: Exact | None


@dataclass(frozen=True)
class Reordered:
    X: Values
    W_q: Values
    W_k: Values
    W_v: Values
    order: tuple[int, ...]


@dataclass(frozen=True)
class Continued:
    """Two sequences that are equal up to `position`."""

    X: Values
    other: Values
    W_q: Values
    W_k: Values
    W_v: Values
    position: int
    cotangent: Values

    @property
    def mask(self):
        n = self.X.shape[1]
        return torch.ones(n, n, dtype=torch.bool).tril()

    @property
    def continued_otherwise(self):
        """X up to the position, the other sequence after it."""
        return torch.cat([self.X.tensor[:, : self.position + 1], self.other.tensor[:, self.position + 1 :]], dim=1)

    def shown(self):
        names = ("X", "W_q", "W_k", "W_v", "mask", "position")
        return {**{name: getattr(self, name) for name in names}, "X′": self.continued_otherwise}


@dataclass(frozen=True)
class Gradient:
    X: Values
    W_q: Values
    W_k: Values
    W_v: Values
    mask: Exact | None
    cotangent: Values


def masks(kind, n, seed):
    """None, the causal mask, or any mask with a True in every row."""
    if kind == "none":
        return None
    if kind == "causal":
        allowed = np.tri(n, dtype=bool)
    else:
        generator = np.random.default_rng(seed)
        allowed = generator.random((n, n)) < 0.5
        allowed[np.arange(n), generator.integers(n, size=n)] = True
    return Exact(tuple(map(tuple, allowed.tolist())), "bool")


def drawn(draw, dtypes=("float64",), longest=6):
    """X (b, n, d) and the three matrices; one seed draws them all (Hypothesis charges by the draw)."""
    b, n, d, p, v = draw(sizes(4)), draw(sizes(longest)), draw(sizes()), draw(sizes()), draw(sizes())
    dtype, seed = draw(st.sampled_from(dtypes)), draw(st.integers(0, 2**16))
    return {
        "X": Values((b, n, d), seed, dtype),
        "W_q": Values((d, p), seed + 1, dtype, scale=0.3),
        "W_k": Values((d, p), seed + 2, dtype, scale=0.3),
        "W_v": Values((d, v), seed + 3, dtype),
    }


@st.composite
def sequences(draw, dtypes=("float64", "float32")):
    tensors = drawn(draw, dtypes)
    X = tensors["X"]
    return Sequences(**tensors, mask=masks(draw(st.sampled_from(["none", "causal", "any"])), X.shape[1], X.seed))


@st.composite
def large_sequences(draw):
    """W_q and W_k are such that the largest scaled score is just below 10000."""
    case = draw(sequences(dtypes=("float64",)))
    queries, keys = case.X.tensor @ case.W_q.tensor, case.X.tensor @ case.W_k.tensor
    largest = float((queries @ keys.mT).abs().max()) / case.W_q.shape[1] ** 0.5
    scale = int(300 * (9999 / max(largest, 1.0)) ** 0.5) / 1000
    W_q, W_k = (Values(one.shape, one.seed, scale=scale) for one in (case.W_q, case.W_k))
    return Sequences(case.X, W_q, W_k, case.W_v, case.mask)


@st.composite
def reordered(draw):
    tensors = drawn(draw)
    X = tensors["X"]
    return Reordered(**tensors, order=tuple(np.random.default_rng(X.seed).permutation(X.shape[1]).tolist()))


@st.composite
def continued(draw):
    tensors = drawn(draw)
    (b, n, d), seed = tensors["X"].shape, tensors["X"].seed
    return Continued(
        **tensors,
        other=Values((b, n, d), seed + 4),
        position=seed % n,
        cotangent=Values((b, 1, tensors["W_v"].shape[1]), seed + 5, nonzero=True),
    )


@st.composite
def gradients(draw):
    case = draw(sequences(dtypes=("float64",)))
    (b, n, _), v = case.X.shape, case.W_v.shape[1]
    return Gradient(case.X, case.W_q, case.W_k, case.W_v, case.mask, Values((b, n, v), case.X.seed + 5))


ordinary = sequences()


def arguments(case):
    """What self_attention is given; None is also the default."""
    mask = [] if case.mask is None and case.X.seed % 2 else [case.mask]
    return [case.X, case.W_q, case.W_k, case.W_v, *mask]


def both_results(result, case):
    """The output (b, n, v) and the weights (b, n, n) of what self_attention returned."""
    check(
        isinstance(result, tuple | list) and len(result) == 2,
        {"en": "self_attention did not return two tensors, expected the output and the weights",
         "zh": "self_attention 返回的不是两个张量，应为输出和权重"},
        actual=result,
    )  # fmt: skip
    (b, n, _), v, dtype = case.X.shape, case.W_v.shape[1], case.X.tensor.dtype
    output = tensor(result[0], {"en": "the output", "zh": "输出"}, shape=(b, n, v), dtype=dtype)
    return output, tensor(result[1], {"en": "the weights", "zh": "权重"}, shape=(b, n, n), dtype=dtype)


def attend(module, case):
    return both_results(module.self_attention(*arguments(case)), case)


@graded(points=1, title={"en": "causal_mask is True where j <= i", "zh": "causal_mask 在 j <= i 处为 True"})
@given(case=st.builds(Length, sizes(8)))
def test_causal_mask(submission, reference, case):
    assert_matches(submission.causal_mask(case.n), reference.causal_mask(case.n), quantity=f"causal_mask({case.n})")


@graded(
    points=1,
    title={
        "en": "Returns the output (b, n, v) and the weights (b, n, n), both of the inputs' dtype",
        "zh": "返回输出 (b, n, v) 和权重 (b, n, n)，数据类型均与输入相同",
    },
    teaching="the first to fail where the code does not run at all: it says so once, and the laws wait for it",
)
@given(case=ordinary)
def test_shape_and_dtype(submission, reference, case):
    attend(submission, case)


@graded(
    points=1,
    title={
        "en": "Each row of weights is a distribution over what the mask lets through",
        "zh": "每一行权重都是掩码允许看到的位置上的概率分布",
    },
    needs=["shape_and_dtype"],
    teaching="names the row that does not sum to 1 or the hidden position with a weight, where others show numbers that differ",
)
@given(case=ordinary)
def test_weights_are_a_distribution(submission, reference, case):
    _, weights = attend(submission, case)
    assert_distributions(weights, None if case.mask is None else case.mask.tensor)


@graded(
    points=1,
    title={"en": "Without a mask the order of the positions does not matter", "zh": "没有掩码时，位置的次序没有影响"},
    needs=["shape_and_dtype"],
    teaching="the law that positional encodings are there to break; says that it is the order that matters to the submission",
)
@given(case=reordered())
def test_order_does_not_matter(submission, reference, case):
    order, matrices = list(case.order), [case.W_q, case.W_k, case.W_v]
    output, weights = submission.self_attention(case.X, *matrices)
    moved, moved_weights = submission.self_attention(case.X.tensor[:, order], *matrices)
    assert_matches(moved, output[:, order], quantity={"en": "the output for X[:, order]", "zh": "X[:, order] 的输出"})
    assert_matches(
        moved_weights,
        weights[:, order][:, :, order],
        quantity={"en": "the weights for X[:, order]", "zh": "X[:, order] 的权重"},
    )


@graded(
    points=2,
    title={"en": "Matches the reference", "zh": "与参考实现一致"},
    teaching="shows weights, then output, beside the right ones at scores done by hand; others show sums and gradients",
)
@given(case=ordinary)
def test_matches_the_reference(submission, reference, case):
    close = 1e-4 if case.X.dtype == "float32" else CLOSE  # large scores, and an output that may cancel to 0
    (output, weights), (wanted, wanted_weights) = attend(submission, case), attend(reference, case)
    assert_matches(weights, wanted_weights, rtol=close, atol=close, quantity={"en": "the weights", "zh": "权重"})
    assert_matches(output, wanted, rtol=close, atol=close, quantity={"en": "the output", "zh": "输出"})


@graded(
    points=1,
    title={
        "en": "With the causal mask, neither outputs nor gradients depend on later positions",
        "zh": "有因果掩码时，输出和梯度都与之后的位置无关",
    },
    needs=["shape_and_dtype"],
    teaching="says that the future leaks into an output or a gradient, where others show numbers that differ",
)
@given(case=continued())
def test_no_position_looks_ahead(submission, reference, case):
    i, matrices = case.position, [case.W_q, case.W_k, case.W_v]
    output, _ = submission.self_attention(case.X, *matrices, case.mask)
    otherwise, _ = submission.self_attention(case.continued_otherwise, *matrices, case.mask)
    assert_same(
        otherwise[:, : i + 1],
        output[:, : i + 1],
        quantity={"en": f"with X′, which differs from X after position {i} only, output[:, :{i + 1}]",
                  "zh": f"输入 X′（只在位置 {i} 之后与 X 不同）时，output[:, :{i + 1}]"},
        otherwise={"en": "with X", "zh": "输入 X 时"},
    )  # fmt: skip
    cotangent = torch.zeros_like(output)
    cotangent[:, i] = case.cotangent.tensor[:, 0]
    grad = vjp(submission.self_attention, [case.X, *matrices, case.mask], cotangent)["0"]
    name = {"en": f"the gradient of output {i} by X", "zh": f"第 {i} 个输出对 X 的梯度"}
    later = tensor(grad, name, shape=case.X.shape)[:, i + 1 :]
    check(
        (later == 0).all(),
        {"en": f"output {i} has a gradient by positions after {i}, expected exactly 0",
         "zh": f"第 {i} 个输出对位置 {i} 之后的 X 有梯度，应恰好为 0"},
        expected=torch.zeros_like(later),
        actual=later,
        quantity=name,
    )  # fmt: skip


@graded(points=1, title={"en": "Leaves its arguments alone", "zh": "不改动传入的实参"}, needs=["shape_and_dtype"])
@given(case=ordinary)
def test_leaves_its_arguments_alone(submission, reference, case):
    assert_arguments_kept(submission.self_attention, *arguments(case), names=["X", "W_q", "W_k", "W_v", "mask"])


@graded(
    points=1,
    title={"en": "Gradients flow back to X, W_q, W_k and W_v", "zh": "梯度能传回 X、W_q、W_k 和 W_v"},
)
@given(case=gradients())
def test_gradients_flow_back(submission, reference, case):
    mine, theirs = (vjp(module.self_attention, arguments(case), case.cotangent) for module in (submission, reference))
    for position, name in enumerate(["X", "W_q", "W_k", "W_v"]):
        assert_matches(
            mine[f"{position}"],
            theirs[f"{position}"],
            rtol=CLOSE,
            atol=CLOSE,
            quantity={"en": f"the gradient of {name}", "zh": f"{name} 的梯度"},
        )


@graded(points=1, title={"en": "Scores of thousands neither overflow nor leak", "zh": "分数达到数千时既不溢出也不泄漏"})
@given(case=large_sequences())
def test_large_scores(submission, reference, case):
    (mine, _), (theirs, _) = attend(submission, case), attend(reference, case)
    assert_matches(mine, theirs, rtol=CLOSE, atol=CLOSE, quantity={"en": "the output", "zh": "输出"})
