"""Properties of minibatch_sgd, from plain to deep.

Sixteen ways people get it wrong, and the property that each must fail:

 1. the last, smaller batch is dropped, or filled up                            → batches_are_a_partition
 2. indices are drawn with replacement                                          → batches_are_a_partition
 3. nothing is shuffled, or only the batches are                                → batches_are_shuffled
 4. the generator is ignored, by minibatches or by the training                 → batches_are_shuffled, same_seed
 5. weight decay is forgotten, not multiplied by lr, or has the wrong sign      → sgd_steps
 6. new storage, a gradient that is zeroed, or that the decay is added to       → sgd_rules
 7. a missing gradient is an error, ends the loop, or x decays nevertheless     → sgd_rules
 8. options are those of the constructor                                        → groups_and_changed_options
 9. a negative lr is accepted, lr = 0 refused                                   → refuses_bad_options
10. X or y are changed; results have another dtype or shape, one loss per epoch → train_returns
11. the loss is a sum, or not halved, or divided by batch_size for every batch  → updates_follow_from_the_batches
12. gradients add up from batch to batch                                        → updates_follow_from_the_batches
13. losses are taken after the update                                           → updates_follow_from_the_batches
14. y (n,) against predictions (n, 1): an (n, n) of errors; b is not trained    → updates_follow_from_the_batches
15. one order for all epochs; an epoch that does not visit every sample         → epochs_are_fresh_partitions
16. the closure runs under no_grad                                              → ★ closure

The order of the samples is the submission's own affair. It can be told from the losses: at known w and b every batch has
a loss of its own, so losses[t] says which batch was used, and that batch says what w and b are next.
"""

import itertools
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import strategies as st

from grader.kit import (
    EACH_STEP,
    Exact,
    Generator,
    Mismatch,
    Regrouping,
    Values,
    assert_arguments_kept,
    assert_closure,
    assert_gradients_left_alone,
    assert_matches,
    assert_missing_gradients_skipped,
    assert_options,
    assert_parameters_join,
    assert_raises,
    assert_same,
    assert_updates_in_place,
    check,
    given,
    graded,
    regrouped,
    regroupings,
    sizes,
    started,
    tensor,
    trainings,
    trajectory,
)
from grader.kit.optimizers import falls_silent
from grader.kit.quantities import pair

OPTIONS = {"lr": (0.1, 0.01, 0.5), "weight_decay": (0.1, 0.5, 0.0)}


@dataclass(frozen=True)
class Cutting:
    n: int
    batch_size: int
    seed: int


@dataclass(frozen=True)
class Regression:
    X: Values
    y: Exact
    batch_size: int
    lr: float
    num_epochs: int
    seed: int

    @property
    def updates(self):
        """How many batches an epoch has."""
        return -(-self.X.shape[0] // self.batch_size)

    @property
    def arguments(self):
        return [self.X, self.y, self.batch_size, self.lr, self.num_epochs, Generator(self.seed)]


@dataclass(frozen=True)
class Options:
    given: dict[str, float]
    legal: bool


@st.composite
def cuttings(draw, n, batch_size):
    return Cutting(draw(n), draw(batch_size), draw(st.integers(0, 2**16)))


@st.composite
def regressions(draw, n, batch_size, num_epochs, dtypes=("float64",)):
    """Labels have three decimals, so that at w = 0 no two batches have the same loss."""
    n, d, batch_size = draw(n), draw(sizes(3)), draw(batch_size)
    dtype, seed = draw(st.sampled_from(dtypes)), draw(st.integers(0, 2**16))
    generator = np.random.default_rng(seed)
    while True:
        labels = generator.integers(-3000, 3001, size=n) / 1000
        losses = sorted(np.mean(batch) for batch in itertools.combinations(labels**2, min(n, batch_size)))
        if np.diff(losses).min(initial=1.0) > 1e-7:
            break
    return Regression(
        Values((n, d), seed, dtype), Exact(tuple(labels.tolist()), dtype), batch_size,
        draw(st.sampled_from([0.1, 0.01, 0.05])), draw(num_epochs), seed,
    )  # fmt: skip


@st.composite
def options(draw):
    good, bad = [{"lr": 0.1}, {"lr": 0.0}, {"lr": 2.0, "weight_decay": 0.5}], [{"lr": -0.1}, {"lr": -1e-6}]
    legal = draw(st.booleans())
    return Options(draw(st.sampled_from(good if legal else bad)), legal)


small = regressions(sizes(7), sizes(4), sizes(2))
large = regressions(sizes(9, smallest=8), sizes(2), st.just(3))
plain = trainings(OPTIONS, scales=(1.0, 1e-6, 1e-3, 1e3, 0.0))

with_missing = trainings(OPTIONS, missing=True, most_steps=3)


def cut(module, case, seed):
    """The batches: tensors of int64 indices."""
    batches = module.minibatches(case.n, case.batch_size, Generator(seed))
    if not isinstance(batches, list | tuple):
        assert_matches(batches, [], quantity="the result")
    return [tensor(batch, f"batches[{index}]", dtype=torch.int64) for index, batch in enumerate(batches)]


def trained(module, case):
    """w, b and the losses: tensors of the right shapes and dtype."""
    result = module.train_linear_regression(*case.arguments)
    if not isinstance(result, list | tuple) or len(result) != 3:
        raise Mismatch(
            {"en": "expected three tensors to be returned: w, b, losses", "zh": "应返回三个张量：w、b、losses"}
        )
    shapes = {"w": case.X.shape[1:], "b": (), "losses": (case.num_epochs * case.updates,)}
    dtype = case.X.tensor.dtype
    return [
        tensor(one, name, shape=shape, dtype=dtype) for (name, shape), one in zip(shapes.items(), result, strict=True)
    ]


def followed(case, losses):
    """The batch of every update, found by its loss, and where w and b are after the last one."""
    X, y = case.X.tensor.numpy(), case.y.tensor.numpy()
    n, w, b, used = len(y), np.zeros(X.shape[1]), 0.0, []
    full, rest = min(n, case.batch_size), n % case.batch_size
    for t, loss in enumerate(losses.tolist()):
        last = (t + 1) % case.updates == 0
        size = rest if last and rest else full
        errors = X @ w + b - y
        batches = list(itertools.combinations(range(n), size))
        possible = (errors[np.array(batches)] ** 2).mean(axis=1) / 2
        nearest = int(np.abs(possible - loss).argmin())
        found, due = pair(float(loss), float(possible[nearest]))
        check(
            abs(possible[nearest] - loss) <= 1e-9 * (1 + abs(loss)),
            {
                "en": f"losses[{t}] is {found}, but no batch of {size} of the {n} samples has this loss at the w and b "
                f"to which the batches so far lead, w = {w.round(6).tolist()} and b = {b:.6g}; "
                f"the nearest is {due}",
                "zh": f"losses[{t}] 是 {found}，但由之前各批量得到的 w = {w.round(6).tolist()}、b = {b:.6g} 出发，"
                f"{n} 个样本中没有哪 {size} 个组成的批量损失等于它；最接近的是 {due}",
            },
            actual=loss,
            quantity=f"losses[{t}]",
        )
        chosen = list(batches[nearest])
        w, b = w - case.lr * errors[chosen] @ X[chosen] / size, b - case.lr * errors[chosen].mean()
        used.append(chosen)
    return used, torch.from_numpy(w), torch.tensor(b, dtype=torch.float64)


@graded(
    points=1,
    title={
        "en": "Batches are a partition of 0 … n − 1, the last one what is left",
        "zh": "各批量恰好划分 0 … n − 1，最后一个取剩余部分",
    },
    teaching="names the lengths or indices that are wrong, where a training shows only losses that fit no batch",
)
@given(case=cuttings(sizes(12), sizes(5)))
def test_batches_are_a_partition(submission, reference, case):
    batches = cut(submission, case, case.seed)
    full, rest = divmod(case.n, case.batch_size)
    lengths = [case.batch_size] * full + [rest] * (rest > 0)
    shapes, wanted = [list(batch.shape) for batch in batches], [[length] for length in lengths]
    check(
        shapes == wanted,
        {
            "en": f"the batches have the shapes {shapes}, expected {wanted}",
            "zh": f"各批量的形状是 {shapes}，应为 {wanted}",
        },
        expected=wanted,
        actual=shapes,
        quantity="[list(batch.shape) for batch in batches]",
    )
    assert_matches(
        torch.cat(batches).sort().values,
        torch.arange(case.n),
        quantity={"en": "all indices, sorted,", "zh": "排序后的全部索引"},
    )


@graded(
    points=1,
    title={
        "en": "The order is random, and the generator alone decides it",
        "zh": "顺序是随机的，且只由 generator 决定",
    },
    needs=["batches_are_a_partition"],
)
@given(case=cuttings(sizes(30, smallest=20), sizes(7, smallest=2)))
def test_batches_are_shuffled(submission, reference, case):
    first, again, other = (torch.cat(cut(submission, case, seed)) for seed in (case.seed, case.seed, case.seed + 1))
    assert_same(
        again,
        first,
        quantity={"en": "with the same seed once more, the order", "zh": "用同一个种子再取一次，顺序"},
        otherwise={"en": "the first time", "zh": "第一次"},
    )
    check(
        not torch.equal(first, other),
        {
            "en": f"the seeds {case.seed} and {case.seed + 1} give the same order, expected it to be drawn from the generator",
            "zh": f"种子 {case.seed} 与 {case.seed + 1} 得到了相同的顺序，顺序应从 generator 中抽取",
        },
        actual=first,
        quantity={"en": "the order", "zh": "顺序"},
    )
    runs = all((batch.sort().values.diff() == 1).all() for batch in first.split(case.batch_size))
    check(
        not runs,
        {
            "en": "every batch holds consecutive numbers, expected the samples to be shuffled before they are cut into batches",
            "zh": "每个批量里都是连续的编号，应当先打乱样本，再划分成批量",
        },
        actual=first,
        quantity={"en": "the order", "zh": "顺序"},
    )


@graded(points=1, title={"en": "SGD steps by −lr·(g + λx)", "zh": "SGD 的每一步为 −lr·(g + λx)"})
@given(case=st.one_of(plain, trainings(OPTIONS, dtype="float32")))
def test_sgd_steps(submission, reference, case):
    mine, theirs = (trajectory(module, "SGD", case) for module in (submission, reference))
    assert_matches(mine, theirs, **case.close, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "In place; gradients left alone; without a gradient nothing moves",
        "zh": "就地更新，不改动梯度，没有梯度的参数不动",
    },
)
@given(case=with_missing | with_missing.map(falls_silent), share=0.4)
def test_sgd_rules(submission, reference, case):
    assert_updates_in_place(submission, "SGD", case)
    mine = trajectory(submission, "SGD", case)
    assert_missing_gradients_skipped(case, mine)
    assert_matches(mine, trajectory(reference, "SGD", case), **case.close, quantity=EACH_STEP)
    assert_gradients_left_alone(submission, "SGD", case)


@graded(
    points=1,
    title={
        "en": "Each group has its own options, which may change; other groups may join",
        "zh": "每个参数组有自己的超参数，可中途改变；也可中途加入新的参数组",
    },
    needs=["sgd_steps"],
)
@given(case=regroupings(OPTIONS) | trainings(OPTIONS, least_steps=2), share=0.5)
def test_groups_and_changed_options(submission, reference, case):
    if not isinstance(case, Regrouping):
        assert_parameters_join(submission, reference, "SGD", case)
        return
    mine, theirs = (regrouped(module, "SGD", case) for module in (submission, reference))
    assert_matches(mine, theirs, **case.close, quantity=EACH_STEP)


@graded(
    points=1,
    title={
        "en": "lr < 0 raises ValueError; lr = 0 is fine; weight_decay is 0 by default",
        "zh": "lr < 0 抛出 ValueError；lr = 0 合法；weight_decay 默认为 0",
    },
)
@given(case=options())
def test_refuses_bad_options(submission, reference, case):
    if case.legal:
        assert_options(submission, "SGD", case.given, defaults={"lr": None, "weight_decay": 0.0})
    else:
        assert_raises("ValueError", submission.SGD, started(submission, [torch.zeros(2)]), **case.given)


@graded(
    points=1,
    title={
        "en": "Training returns w, b and one loss per update; X and y stay",
        "zh": "训练返回 w、b 和每次更新的损失；X、y 保持不变",
    },
)
@given(case=regressions(sizes(6), sizes(4), sizes(2), dtypes=("float64", "float32")), share=0.5)
def test_train_returns(submission, reference, case):
    trained(submission, case)
    assert_arguments_kept(submission.train_linear_regression, *case.arguments, names=["X", "y"])


@graded(
    points=1,
    title={
        "en": "Each loss is that of a batch, whose gradient makes the next step",
        "zh": "每个损失都来自一个小批量，并由它的梯度决定下一步",
    },
    needs=["train_returns"],
)
@given(case=small, share=0.5)
def test_updates_follow_from_the_batches(submission, reference, case):
    w, b, losses = trained(submission, case)
    _, expected_w, expected_b = followed(case, losses)
    assert_matches(w, expected_w, rtol=1e-9, atol=1e-9, quantity="w")
    assert_matches(b, expected_b, rtol=1e-9, atol=1e-9, quantity="b")


@graded(
    points=1,
    title={
        "en": "Every epoch visits each sample once, in an order of its own",
        "zh": "每一轮恰好访问每个样本一次，且各轮顺序不同",
    },
    needs=["updates_follow_from_the_batches"],
)
@given(case=large, share=0.15)
def test_epochs_are_fresh_partitions(submission, reference, case):
    used, _, _ = followed(case, trained(submission, case)[2])
    epochs = [used[start : start + case.updates] for start in range(0, len(used), case.updates)]
    for number, batches in enumerate(epochs):
        visited = sorted(itertools.chain(*batches))
        check(
            visited == list(range(len(visited))),
            {
                "en": f"epoch {number} visits the samples {visited} (as its losses show), expected each of them once",
                "zh": f"由损失可知，第 {number} 轮访问的样本是 {visited}，应当每个样本恰好一次",
            },
        )
    check(
        any(batches != epochs[0] for batches in epochs),
        {
            "en": f"all {len(epochs)} epochs take the same batches in the same order, {epochs[0]}: expected a fresh order each time",
            "zh": f"{len(epochs)} 轮的批量及其顺序都相同：{epochs[0]}，每一轮都应重新打乱",
        },
    )


@graded(
    points=1,
    title={
        "en": "The same seed gives the same training, another seed another one",
        "zh": "种子相同则训练过程相同，种子不同则不同",
    },
    needs=["train_returns"],
)
@given(case=large, share=0.06)
def test_same_seed(submission, reference, case):
    first, again = trained(submission, case), trained(submission, case)
    assert_same(
        again[2],
        first[2],
        quantity={"en": "with the same seed once more, losses", "zh": "用同一个种子再训练一次，losses"},
        otherwise={"en": "the first time", "zh": "第一次"},
    )
    other = trained(submission, Regression(**{**vars(case), "seed": case.seed + 1}))
    check(
        not torch.equal(first[2], other[2]),
        {
            "en": f"the seeds {case.seed} and {case.seed + 1} give the same losses, expected the order to be drawn from generator",
            "zh": f"种子 {case.seed} 与 {case.seed + 1} 得到了相同的 losses，样本顺序应从 generator 中抽取",
        },
        actual=first[2],
        quantity="losses",
    )


@graded(
    star=True,
    title={
        "en": "The closure is called once, with gradients enabled, and its value is returned",
        "zh": "闭包在启用梯度的情况下被调用一次，并返回它的值",
    },
)
@given(case=trainings(OPTIONS, most_steps=3), share=0.25)
def test_closure(submission, reference, case):
    assert_closure(submission, "SGD", case, expected=trajectory(reference, "SGD", case))
