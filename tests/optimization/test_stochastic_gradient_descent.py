"""Properties of stochastic gradient descent, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

 1. decayᵗ instead of exp(−decay·t); t/alpha, no power, other defaults        → exponential_lr, polynomial_lr
 2. x0 is missing; one row per epoch; a buffer in float32                      → trajectory_starts_at_x0
 3. samples drawn with replacement; the last one left out                      → every_sample_once
 4. the gradient of all samples in every update                                → every_sample_once
 5. no shuffling at all; one order for all epochs                              → epochs_differ
 6. torch.randperm(n) without the generator                                    → orders_come_from_the_generator
 7. t counts epochs, starts again in each epoch, or begins at 1                → follows_from_the_order
 8. all gradients of an epoch at its first x                                   → follows_from_the_order
 9. uphill; one tensor updated in place, so that all rows are the last one     → follows_from_the_order
10. x0 itself is updated in place                                              → x0_is_left_alone
11. a shuffle that leaves no sample in its place, or nearly all of them        → epochs_differ

Any order is right, so nothing is compared with the reference's trajectory: the order used is seen by the calls of grad_i.
"""

import itertools
from dataclasses import dataclass

import torch
from hypothesis import strategies as st

from grader.kit import (
    Generator,
    Values,
    assert_arguments_kept,
    assert_matches,
    check,
    given,
    graded,
    number,
    sizes,
    tensor,
    values,
)

CLOSE = {"rtol": 1e-9, "atol": 1e-12}


@dataclass(frozen=True)
class Rate:
    """The arguments of a learning rate; what is None is left out."""

    t: int
    lr0: float
    alpha: float | None = None
    beta: float | None = None
    decay: float | None = None

    @property
    def options(self):
        return {name: value for name, value in vars(self).items() if value is not None}

    def shown(self):
        return self.options


class Samples:
    """The gradients of (A[i] @ x − y[i])²/2; remembers how it was called."""

    def __init__(self, A, y):
        self.A, self.y, self.xs, self.order = A, y, [], []

    def __call__(self, x, i):
        if isinstance(i, bool | float) or (isinstance(i, torch.Tensor) and (i.dim() or i.is_floating_point())):
            raise TypeError(f"grad_i was called with i = {i!r}, expected an int or a 0-dimensional tensor of one")
        if not isinstance(x, torch.Tensor) or x.shape != self.A.shape[1:]:
            raise TypeError(f"grad_i was called with x = {x!r}, expected a tensor of shape {tuple(self.A.shape[1:])}")
        if not 0 <= int(i) < len(self.A):
            raise IndexError(f"grad_i was called with i = {int(i)}, expected 0 to n − 1 = {len(self.A) - 1}")
        self.xs.append(x.detach())
        self.order.append(int(i))
        return self.gradient(x.detach(), int(i))

    def gradient(self, x, i):
        return self.A[i] * (self.A[i] @ x - self.y[i])


@dataclass(frozen=True)
class Descent:
    """n samples (A[i] @ x − y[i])²/2 and where to start."""

    A: Values
    y: Values
    x0: Values
    lr0: float
    num_epochs: int
    seed: int

    @property
    def n(self):
        return self.A.shape[0]

    @property
    def shape(self):
        return (self.num_epochs * self.n + 1, *self.x0.shape)

    def schedule(self, t):
        return self.lr0 / (1 + 0.5 * t)

    def samples(self):
        return Samples(self.A.tensor, self.y.tensor)

    def args(self, grad_i, seed=None):
        generator = Generator(self.seed if seed is None else seed)
        return grad_i, self.x0, self.n, self.schedule, self.num_epochs, generator

    def run(self, submission, seed=None):
        """The trajectory, and what grad_i was called with."""
        grad_i = self.samples()
        return submission.sgd(*self.args(grad_i, seed)), grad_i

    def shown(self):
        return {
            "grad_i(x, i)": "A[i] * (A[i] @ x - y[i])", "A": self.A, "y": self.y, "x0": self.x0, "n": self.n,
            "schedule(t)": f"{self.lr0:g} / (1 + 0.5 * t)", "num_epochs": self.num_epochs, "seed": self.seed,
        }  # fmt: skip


@st.composite
def rates(draw, **pools):
    drawn = {name: draw(st.sampled_from(pool)) for name, pool in pools.items()}
    return Rate(draw(st.integers(0, 30)), draw(st.sampled_from((0.5, 1.0, 0.03))), **drawn)


@st.composite
def descents(draw, n=(1, 5), epochs=(1, 3), dtypes=("float64",)):
    size, d, dtype = draw(st.integers(*n)), draw(sizes(3)), draw(st.sampled_from(dtypes))
    A, y, x0 = (draw(values(shape, dtype=dtype, nonzero=True)) for shape in ((size, d), (size,), (d,)))
    lr0 = draw(st.sampled_from((0.1, 0.05)))
    return Descent(A, y, x0, lr0, draw(st.integers(*epochs)), draw(st.integers(0, 2**16)))


some = descents()


def listed(order):
    return ", ".join(map(str, order[:10])) + (", …" if len(order) > 10 else "")


def epochs_of(case, grad_i):
    """The order of each epoch, if grad_i was called as often as there are updates."""
    called, expected = len(grad_i.order), case.num_epochs * case.n
    check(
        called == expected,
        {
            "en": f"grad_i was called {called} times, expected {expected}: once for each of the n = {case.n} samples, in each of "
            f"the {case.num_epochs} epochs",
            "zh": f"grad_i 被调用了 {called} 次，应为 {expected} 次：{case.num_epochs} 轮中的每一轮，对 n = {case.n} 个样本各一次",
        },
    )
    return [grad_i.order[start : start + case.n] for start in range(0, expected, case.n)]


@graded(
    points=1, title={"en": "exponential_lr is lr0 · exp(−decay · t)", "zh": "exponential_lr 等于 lr0 · exp(−decay · t)"}
)
@given(case=rates(decay=(0.1, 0.5, 0.02)))
def test_exponential_lr(submission, reference, case):
    expected = number(reference.exponential_lr(**case.options))
    assert_matches(number(submission.exponential_lr(**case.options), plain=True), expected, **CLOSE)


@graded(
    points=1,
    title={
        "en": "polynomial_lr is lr0 · (1 + beta · t)^(−alpha)",
        "zh": "polynomial_lr 等于 lr0 · (1 + beta · t)^(−alpha)",
    },
)
@given(case=rates(alpha=(None, 1.0, 0.75), beta=(None, 0.5, 2.0)))
def test_polynomial_lr(submission, reference, case):
    expected = number(reference.polynomial_lr(**case.options))
    assert_matches(number(submission.polynomial_lr(**case.options), plain=True), expected, **CLOSE)


@graded(
    points=1,
    title={
        "en": "The trajectory has num_epochs · n + 1 rows, the first of them x0",
        "zh": "轨迹有 num_epochs · n + 1 行，第一行是 x0",
    },
)
@given(case=descents(epochs=(0, 3), dtypes=("float64", "float32")))
def test_trajectory_starts_at_x0(submission, reference, case):
    x0 = case.x0.tensor
    trajectory = tensor(case.run(submission)[0], "trajectory", shape=case.shape, dtype=x0.dtype)
    assert_matches(trajectory[0], x0, quantity="trajectory[0]")


@graded(
    points=2, title={"en": "In each epoch every sample has its turn exactly once", "zh": "每一轮中每个样本恰好用一次"}
)
@given(case=some)
def test_every_sample_once(submission, reference, case):
    for epoch, order in enumerate(epochs_of(case, case.run(submission)[1]), start=1):
        check(
            sorted(order) == list(range(case.n)),
            {
                "en": f"epoch {epoch} takes the samples {listed(order)}, expected each of 0, …, {case.n - 1} once",
                "zh": f"第 {epoch} 轮用到的样本是 {listed(order)}，应当 0, …, {case.n - 1} 各一次",
            },
        )


@graded(
    points=1,
    title={"en": "Every epoch has an order of its own", "zh": "每一轮都有自己的次序"},
    needs=["every_sample_once"],
)
@given(
    case=descents(n=(64, 64), epochs=(4, 4)) | descents(n=(8, 10), epochs=(3, 3)) | descents(n=(2, 2), epochs=(32, 32)),
    share=0.15,
)
def test_epochs_differ(submission, reference, case):
    """Two samples have the same order in all of 32 epochs once in 10⁹ times; so do 64 keep 24 places in 4 epochs."""
    orders = epochs_of(case, case.run(submission)[1])
    kept = sum(sample == place for order in orders for place, sample in enumerate(order))
    if case.n == 64:
        check(
            kept < 24,
            {
                "en": f"in {case.num_epochs} epochs with {case.n} samples, a sample i came in place i {kept} times; where all "
                f"orders are equally likely that happens about {case.num_epochs} times, once per epoch",
                "zh": f"{case.num_epochs} 轮、每轮 {case.n} 个样本中，编号 i 的样本恰好排在第 i 位共 {kept} 次；"
                f"若所有次序等可能，平均每轮约 1 次，共约 {case.num_epochs} 次",
            },
        )
    check(
        any(one != other for one, other in itertools.pairwise(orders)),
        {
            "en": f"all {case.num_epochs} epochs take the samples in the order {listed(orders[0])}, expected a new random order "
            "for each",
            "zh": f"{case.num_epochs} 轮全都按 {listed(orders[0])} 的次序取样本，每一轮应当重新随机排列",
        },
    )


@graded(
    points=1,
    title={"en": "The orders come from the generator alone", "zh": "次序只由 generator 决定"},
    needs=["every_sample_once"],
)
@given(case=descents(n=(8, 10), epochs=(1, 1)), share=0.25)
def test_orders_come_from_the_generator(submission, reference, case):
    first, again, *others = (case.run(submission, case.seed + k)[1].order for k in (0, 0, 1, 2))
    check(
        first == again,
        {
            "en": f"two generators with the seed {case.seed} gave the orders {listed(first)} and {listed(again)}, expected the same",
            "zh": f"种子同为 {case.seed} 的两个生成器给出的次序是 {listed(first)} 和 {listed(again)}，两者应当相同",
        },
    )
    check(
        any(other != first for other in others),
        {
            "en": f"the seeds {case.seed}, {case.seed + 1} and {case.seed + 2} all gave the order {listed(first)}, expected "
            "different ones",
            "zh": f"种子 {case.seed}、{case.seed + 1} 和 {case.seed + 2} 给出的次序都是 {listed(first)}，它们应当不同",
        },
    )


@graded(
    points=2,
    title={
        "en": "Every row is one step on, by the gradient of the sample whose turn it is",
        "zh": "每一行都由上一行按轮到的样本的梯度走一步得到",
    },
    needs=["trajectory_starts_at_x0", "every_sample_once"],
)
@given(case=some)
def test_follows_from_the_order(submission, reference, case):
    trajectory, grad_i = case.run(submission)
    trajectory = tensor(trajectory, "trajectory", shape=case.shape, dtype=torch.float64)
    for t, (i, x) in enumerate(zip(grad_i.order, grad_i.xs, strict=True)):
        quantity = {"en": f"x in call {t} of grad_i", "zh": f"第 {t} 次调用 grad_i 时的 x "}
        assert_matches(x, trajectory[t], **CLOSE, quantity=quantity)
        lr = case.schedule(t)
        expected, after = trajectory[t] - lr * grad_i.gradient(trajectory[t], i), trajectory[t + 1]
        quantity = {
            "en": f"row {t + 1} (row {t} minus schedule({t}) · grad_i(row {t}, i = {i}), with schedule({t}) = {lr:.6g})",
            "zh": f"第 {t + 1} 行（应为第 {t} 行减去 schedule({t}) · grad_i(第 {t} 行, i = {i})，其中 schedule({t}) = {lr:.6g}）",
        }
        assert_matches(after, expected, **CLOSE, quantity=quantity)


@graded(points=1, title={"en": "x0 is left alone", "zh": "不改动 x0"})
@given(case=some)
def test_x0_is_left_alone(submission, reference, case):
    assert_arguments_kept(submission.sgd, *case.args(case.samples()), names=["grad_i", "x0"])
