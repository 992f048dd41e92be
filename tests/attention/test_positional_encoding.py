"""Properties of positional_encoding, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. P is float64 and makes the output float64; X is changed in place              → shape_and_dtype
2. P has no batch axis, or 1000 positions whatever max_len says                  → P_matches_the_formula
3. all sines come first, then all cosines; or they are exchanged                 → later_positions_are_rotated
4. positions count from 1; the cosines have exponents of their own               → later_positions_are_rotated
5. the exponent is j/d or 4j/d, has the wrong sign, the base is 1000             → P_matches_the_formula
6. P is cut to the batch size, not at all, or once and for all                   → adds_the_first_positions
7. X is scaled by √d as the Transformer does with its embeddings                 → adds_the_first_positions
8. dropout stays on in eval mode                                                 → adds_the_first_positions
9. P is a parameter that learns                                                  → gradients_reach_x_alone
10. dropout acts on X alone, on P alone, or not at all                           → dropout_in_training
11. all samples lose the same entries                                            → dropout_in_training
"""

from dataclasses import dataclass

import torch
from hypothesis import strategies as st

from grader.kit import (
    Values,
    assert_arguments_kept,
    assert_dropped,
    assert_matches,
    assert_raises,
    check,
    given,
    graded,
    sizes,
    tensor,
    vjp,
)

ATOL = 1.5e-4
"""P may be computed in float32, as in the book: near position 1000 its angles are off by up to 1e-4."""


@dataclass(frozen=True)
class Table:
    num_hiddens: int
    max_len: int | None
    delta: int

    @property
    def sizes(self):
        """What PositionalEncoding is given; None relies on the default of max_len."""
        return {"dropout": 0.0} if self.max_len is None else {"dropout": 0.0, "max_len": self.max_len}

    @property
    def shape(self):
        return (1, self.max_len or 1000, self.num_hiddens)

    def shown(self):
        return {"num_hiddens": self.num_hiddens, **self.sizes}


@dataclass(frozen=True)
class Turn(Table):
    def shown(self):
        return {**super().shown(), "δ": self.delta}


@dataclass(frozen=True)
class Encoding:
    """X (b, n, d), of which the first `shorter` positions are encoded before all of them are."""

    X: Values
    shorter: int
    max_len: int | None


@dataclass(frozen=True)
class Gradient:
    X: Values
    max_len: int
    cotangent: Values


@dataclass(frozen=True)
class Dropping:
    X: Values
    dropout: float


@dataclass(frozen=True)
class TooLong:
    X: Values
    max_len: int


even = st.integers(1, 6).map(lambda half: 2 * half)
lengths = st.one_of(sizes(12), st.sampled_from([None, 997]))


@st.composite
def tables(draw, widths=even, kind=Table, lengths=lengths):
    d, max_len, seed = draw(widths), draw(lengths), draw(st.integers(0, 2**16))
    return kind(d, max_len, delta=seed % (max_len or 1000))


@st.composite
def encodings(draw):
    b, n, d, more = draw(sizes()), draw(sizes(8)), draw(even), draw(st.sampled_from([0, 1, 5, None]))
    seed, dtype = draw(st.integers(0, 2**16)), draw(st.sampled_from(["float64", "float32"]))
    return Encoding(Values((b, n, d), seed, dtype), 1 + seed % n, None if more is None else n + more)


@st.composite
def gradients(draw):
    b, n, d, seed = draw(sizes()), draw(sizes(8)), draw(even), draw(st.integers(0, 2**16))
    return Gradient(Values((b, n, d), seed), n + seed % 3, Values((b, n, d), seed + 1))


@st.composite
def droppings(draw):
    """Larger than the others: a rate shows only in numbers."""
    b, n, d, seed = draw(sizes(4)), draw(sizes(16)), draw(even), draw(st.integers(0, 2**16))
    return Dropping(Values((b, n, d), seed), draw(st.sampled_from([0.5, 0.3, 0.7])))


@st.composite
def too_long(draw):
    b, max_len, d, more, seed = draw(sizes(3)), draw(sizes(12)), draw(even), draw(sizes(4)), draw(st.integers(0, 2**16))
    return TooLong(Values((b, max_len + more, d), seed), max_len)


ordinary = encodings()
turning = tables(kind=Turn, lengths=sizes(12))  # near position 1000, angles in float32 are off


def build(module, case, dropout=0.0):
    """An encoding for the case's X, in eval mode."""
    more = {} if case.max_len is None else {"max_len": case.max_len}
    encoding = module.PositionalEncoding(case.X.shape[2], dropout, **more)
    if case.X.dtype == "float64":
        encoding.double()
    return encoding.eval()


def table(module, case):
    """P (1, max_len, d), in float64."""
    return tensor(module.PositionalEncoding(case.num_hiddens, **case.sizes).P, "P", shape=case.shape).double()


@graded(
    points=1,
    title={
        "en": "The output is (b, n, d), of the dtype of X; X stays as it was",
        "zh": "输出的形状为 (b, n, d)，数据类型与 X 相同；X 不被改动",
    },
)
@given(case=ordinary)
def test_shape_and_dtype(submission, reference, case):
    ended = assert_arguments_kept(build(submission, case), case.X, names=["X"])
    tensor(ended.value, "output", shape=case.X.shape, dtype=case.X.tensor.dtype)


@graded(
    points=1,
    title={
        "en": "The encoding of i + δ is that of i, rotated by an angle that depends on δ alone",
        "zh": "i + δ 的编码由 i 的编码旋转而来，旋转的角度只与 δ 有关",
    },
    teaching="the law behind the formula: tells a wrong order or offset of the columns from wrong frequencies",
)
@given(case=turning)
def test_later_positions_are_rotated(submission, reference, case):
    sine, cosine = table(submission, case)[0].reshape(-1, case.num_hiddens // 2, 2).unbind(2)  # (max_len, d/2) each
    delta, count = case.delta, len(sine) - case.delta
    turned_sine = sine[:count] * cosine[delta] + cosine[:count] * sine[delta]
    turned_cosine = cosine[:count] * cosine[delta] - sine[:count] * sine[delta]
    for i in range(count):
        for now, turned, first in ((sine, turned_sine, 0), (cosine, turned_cosine, 1)):
            name = f"P[0, {i + delta}, {first}::2]"
            assert_matches(
                now[i + delta], turned[i], rtol=0, atol=1e-3, quantity=name
            )  # three angles in float32 are in it


@graded(
    points=3,
    title={"en": "P[0, i, 2j] and P[0, i, 2j+1] match the formula", "zh": "P[0, i, 2j] 与 P[0, i, 2j+1] 符合公式"},
)
@given(case=tables())
def test_P_matches_the_formula(submission, reference, case):
    assert_matches(table(submission, case), table(reference, case), rtol=0, atol=ATOL, quantity="P")


@graded(
    points=2,
    title={
        "en": "Adds the encodings of the first n positions to every sample, without dropout in eval mode",
        "zh": "给每个样本加上前 n 个位置的编码；评估模式下不使用暂退法",
    },
)
@given(case=ordinary)
def test_adds_the_first_positions(submission, reference, case):
    mine, theirs = (build(module, case, dropout=0.5) for module in (submission, reference))
    first = case.X.tensor[:, : case.shorter]
    name = {"en": f"the output for X[:, :{case.shorter}]", "zh": f"X[:, :{case.shorter}] 的输出"}
    assert_matches(mine(first), theirs(first), rtol=0, atol=ATOL, quantity=name)
    name = {"en": "the output for X after that", "zh": "随后 X 的输出"}
    assert_matches(mine(case.X), theirs(case.X), rtol=0, atol=ATOL, quantity=name)


@graded(
    points=1,
    title={"en": "Gradients flow back to X, and P takes none", "zh": "梯度能传回 X，而 P 不接收梯度"},
)
@given(case=gradients())
def test_gradients_reach_x_alone(submission, reference, case):
    encoding = build(submission, case)
    grad = vjp(encoding, [case.X], case.cotangent)["0"]
    assert_matches(grad, case.cotangent.tensor, quantity={"en": "the gradient of X", "zh": "X 的梯度"})
    P = encoding.P
    check(
        isinstance(P, torch.Tensor) and not P.requires_grad,
        {"en": "P requires gradients, expected a fixed tensor: there is nothing to learn in it",
         "zh": "P 需要梯度，应为固定的张量：其中没有要学习的东西"},
        quantity="P.requires_grad",
        expected=False,
        actual=True,
    )  # fmt: skip


@graded(
    points=2,
    title={"en": "In training, dropout acts on the sum", "zh": "训练时，暂退法作用于二者之和"},
    needs=["shape_and_dtype"],
)
@given(case=droppings())
def test_dropout_in_training(submission, reference, case):
    p = case.dropout
    encoding = submission.PositionalEncoding(case.X.shape[2], p).double().eval()
    still = tensor(encoding(case.X), "output", shape=case.X.shape, dtype=torch.float64)
    encoding.train()
    used = tensor(encoding(case.X), "output", shape=case.X.shape, dtype=torch.float64)
    assert_dropped(used, still, p, quantity="output", weight={"en": "sum", "zh": "和"})
    b, dropped, everywhere = len(still), used == 0, (still != 0).all(dim=0)
    check(
        b == 1 or everywhere.sum() < 40 or not (dropped == dropped[:1]).all(),  # by chance once in 10⁹ times
        {"en": f"in training the same entries were dropped in all {b} samples, expected each to be dropped by itself",
         "zh": f"训练时，{b} 个样本中被丢弃的项完全相同，每一项应各自随机丢弃"},
        actual=used, quantity="output",
    )  # fmt: skip


@graded(
    star=True,
    title={"en": "num_hiddens may be odd", "zh": "num_hiddens 可以是奇数"},
)
@given(case=tables(widths=st.integers(0, 5).map(lambda half: 2 * half + 1)))
def test_odd_num_hiddens(submission, reference, case):
    assert_matches(table(submission, case), table(reference, case), rtol=0, atol=ATOL, quantity="P")


@graded(
    star=True,
    title={"en": "P moves with the module, as a buffer does", "zh": "P 像缓冲区那样随模块一起转换"},
    teaching="the book's plain tensor fails here and nowhere else; it is right, so no variant stands for it",
)
@given(case=tables())
def test_P_moves_with_the_module(submission, reference, case):
    encoding = submission.PositionalEncoding(case.num_hiddens, **case.sizes)
    encoding.double()
    name = {"en": "P after .double()", "zh": ".double() 之后的 P "}
    tensor(encoding.P, name, shape=case.shape, dtype=torch.float64)
    encoding.float()
    name = {"en": "P after .float()", "zh": ".float() 之后的 P "}
    tensor(encoding.P, name, shape=case.shape, dtype=torch.float32)


@graded(
    star=True,
    title={"en": "More than max_len positions raise ValueError", "zh": "位置多于 max_len 时抛出 ValueError"},
)
@given(case=too_long())
def test_too_many_positions(submission, reference, case):
    encoding = submission.PositionalEncoding(case.X.shape[2], 0.0, max_len=case.max_len)
    assert_raises("ValueError", encoding, case.X, mentions=(case.X.shape[1], case.max_len))
