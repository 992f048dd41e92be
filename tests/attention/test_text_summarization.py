"""Properties of text_summarization, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. one of the two parts is not weighted by p_gen or 1 − p_gen                   → every_row_sums_to_one
2. words beyond the vocabulary are dropped, or clamped to an unknown word       → matches_the_reference
3. p_gen and 1 − p_gen are exchanged                                            → generates_or_copies
4. copied words overwrite what is generated (scatter)                           → generates_or_copies
5. += at indices: of a word that occurs twice one copy is lost                  → repeated_words_add_up
6. the result is put through another softmax                                    → generates_or_copies
   or p_gen is rounded to 0 or 1                                                → matches_the_reference
7. coverage includes the attention of the step itself                           → repetition_costs_its_weight
   or only that of the one step before                                          → coverage_loss_matches
8. coverage is summed along the source instead of along the steps               → repetition_costs_its_weight
9. the loss is averaged over the steps, or summed over the batch                → coverage_loss_matches
10. the coverage is detached; the attentions are summed up in place             → gradients; arguments_left_alone
"""

from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import assume
from hypothesis import strategies as st

from grader.kit import Exact, Values, assert_arguments_kept, assert_matches, check, given, graded, sizes, tensor, vjp


@dataclass(frozen=True)
class Mixing:
    """Distributions in steps of 0.05; p_gen in tenths, 0 and 1 among them."""

    p_gen: Exact
    vocab_dist: Exact
    attention: Exact
    source_ids: Exact
    extended_size: int

    @property
    def args(self):
        return self.p_gen, self.vocab_dist, self.attention, self.source_ids, self.extended_size

    @property
    def shape(self):
        return (len(self.p_gen.data), self.extended_size)


@dataclass(frozen=True)
class Attentions:
    attentions: Exact


@dataclass(frozen=True)
class Gradients(Mixing):
    cotangent: Values
    attentions: Exact


NAMES = ["p_gen", "vocab_dist", "attention", "source_ids"]
dtypes = st.sampled_from(["float64", "float32"])
seeds = st.integers(0, 2**16)


def shares(generator, *shape, of=20):
    """Distributions in steps of 1 / of; zeros are among their entries."""
    odds = generator.dirichlet(np.ones(shape[-1]), size=shape[:-1])
    return generator.multinomial(of, odds) / of


def mixed(sizes_drawn, seed, dtype):
    b, V, n, extra = sizes_drawn
    generator = np.random.default_rng(seed)
    return Mixing(
        p_gen=Exact((generator.integers(0, 11, (b, 1)) / 10).tolist(), dtype),
        vocab_dist=Exact(shares(generator, b, V).tolist(), dtype),
        attention=Exact(shares(generator, b, n).tolist(), dtype),
        source_ids=Exact(generator.integers(0, V + extra, (b, n)).tolist(), "int64"),
        extended_size=V + extra,
    )


mixing_sizes = st.tuples(sizes(4), sizes(4), sizes(6), st.integers(0, 2))


@st.composite
def mixings(draw):
    return mixed(draw(mixing_sizes), draw(seeds), draw(dtypes))


@st.composite
def attentions(draw):
    b, t, n, seed = draw(sizes(4)), draw(sizes(5)), draw(sizes(4)), draw(seeds)
    return Attentions(Exact(shares(np.random.default_rng(seed), b, t, n).tolist(), draw(dtypes)))


@st.composite
def gradients(draw):
    """Attentions differ from the coverage by 0.001 and more, and are at least that: min has a derivative.

    There are two steps and more: the loss of one is 0, which needs no gradient at all.
    """
    t, seed = draw(sizes(5, 2)), draw(seeds)
    case = mixed(draw(st.tuples(sizes(4), sizes(4), sizes(6, 2), st.integers(0, 2))), seed, "float64")
    b, n = len(case.attention.data), len(case.attention.data[0])
    attentions = torch.from_numpy(shares(np.random.default_rng(seed + 1), b, t, n, of=1000))
    assume(((2 * attentions - attentions.cumsum(1)).abs() >= 5e-4).all())
    return Gradients(*case.args, Values(case.shape, seed + 2), Exact(attentions.tolist()))


mixing, attending = mixings(), attentions()


def distribution(submission, *args, shape):
    return tensor(submission.final_distribution(*args), "final_distribution(…)", shape=shape)


@graded(
    points=1,
    title={
        "en": "Every row sums to 1, over extended_size words",
        "zh": "每一行对 extended_size 个词求和为 1",
    },
    teaching="the law: what is not generated is copied, and says how much of it got lost or was counted twice",
)
@given(case=mixing)
def test_every_row_sums_to_one(submission, reference, case):
    rows = distribution(submission, *case.args, shape=case.shape)
    sums = rows.sum(dim=1)
    off = ~((sums - 1).abs() <= 1e-5)  # NaN too
    at = int(off.int().argmax())
    check(
        not off.any(),
        {
            "en": f"row {at} sums to {float(sums[at]):.6g}, expected 1; its p_gen is {case.p_gen.data[at][0]:g}",
            "zh": f"第 {at} 行之和为 {float(sums[at]):.6g}，应为 1；这一行的 p_gen 是 {case.p_gen.data[at][0]:g}",
        },
        expected=torch.ones_like(sums),
        actual=sums,
        quantity="final_distribution(…).sum(dim=1)",
    )


@graded(
    points=1,
    title={
        "en": "p_gen = 1 only generates, p_gen = 0 only copies",
        "zh": "p_gen = 1 时只生成，p_gen = 0 时只复制",
    },
    teaching="takes the two parts apart: it says which of them is wrong, on numbers that need no arithmetic",
)
@given(case=mixing)
def test_generates_or_copies(submission, reference, case):
    vocab_dist, attention = case.vocab_dist.tensor, case.attention.tensor
    generated, copied = vocab_dist.new_zeros(case.shape), vocab_dist.new_zeros(case.shape)
    generated[:, : vocab_dist.shape[1]] = vocab_dist
    for row, ids in enumerate(case.source_ids.data):
        for position, word in enumerate(ids):
            copied[row, word] += attention[row, position]
    for p_gen, expected in ((1.0, generated), (0.0, copied)):
        mine = submission.final_distribution(torch.full_like(case.p_gen.tensor, p_gen), *case.args[1:])
        assert_matches(mine, expected, quantity=f"final_distribution(p_gen = {p_gen:g}, …)")


@graded(
    points=1,
    title={
        "en": "A source said twice, each with half the attention, changes nothing",
        "zh": "把源序列重复一遍、注意力各半，结果不变",
    },
    teaching="the law of copying: it says that what is copied of a repeated word must add up",
)
@given(case=mixing)
def test_repeated_words_add_up(submission, reference, case):
    p_gen, vocab_dist, attention, source_ids, extended_size = case.args
    halves, twice = (torch.cat([one, one], dim=1) for one in (attention.tensor / 2, source_ids.tensor))
    assert_matches(
        submission.final_distribution(p_gen, vocab_dist, halves, twice, extended_size),
        distribution(submission, *case.args, shape=case.shape),
        quantity={
            "en": "final_distribution(…) for a source said twice, each time with half the attention,",
            "zh": "源序列重复一遍、注意力各半时的 final_distribution(…) ",
        },
    )


@graded(points=2, title={"en": "The distribution matches the reference", "zh": "分布与参考实现一致"})
@given(case=mixing)
def test_matches_the_reference(submission, reference, case):
    mine, theirs = (module.final_distribution(*case.args) for module in (submission, reference))
    assert_matches(mine, theirs, quantity="final_distribution(…)")


@graded(
    points=1,
    title={
        "en": "Attending to the same for t steps costs t − 1, to new places 0",
        "zh": "每一步都关注相同的位置时损失为 t − 1，每一步都关注新的位置时为 0",
    },
    teaching="says what coverage is for, on attentions whose loss one knows without computing it",
)
@given(case=attending)
def test_repetition_costs_its_weight(submission, reference, case):
    drawn = case.attentions.tensor
    b, t, n = drawn.shape
    same = drawn[:, :1].expand(b, t, n).contiguous()
    fresh = torch.eye(t, dtype=drawn.dtype).expand(b, t, t).contiguous()  # step t looks at place t alone
    said = [
        {"en": "that all attend as attentions[:, 0] does", "zh": "步的注意力都等于 attentions[:, 0] "},
        {"en": "at a new place each", "zh": "步各注意一个新的位置"},
    ]
    for attentions, loss, what in zip((same, fresh), (t - 1.0, 0.0), said, strict=True):
        assert_matches(
            submission.coverage_loss(attentions),
            torch.tensor(loss, dtype=drawn.dtype),
            quantity={
                "en": f"coverage_loss of t = {t} steps {what['en']}",
                "zh": f"t = {t} {what['zh']}时的 coverage_loss ",
            },
        )


@graded(points=2, title={"en": "The coverage loss matches the reference", "zh": "覆盖损失与参考实现一致"})
@given(case=attending)
def test_coverage_loss_matches(submission, reference, case):
    mine, theirs = (module.coverage_loss(case.attentions) for module in (submission, reference))
    assert_matches(mine, theirs, quantity="coverage_loss(attentions)")


@graded(points=1, title={"en": "Leaves its arguments alone", "zh": "不改动传入的参数"})
@given(case=mixing)
def test_arguments_left_alone(submission, reference, case):
    assert_arguments_kept(submission.final_distribution, *case.args, names=NAMES)
    steps = torch.stack([case.attention.tensor] * 2, dim=1)
    assert_arguments_kept(submission.coverage_loss, steps, names=["attentions"])


@graded(
    points=1,
    title={"en": "Gradients flow back, through the coverage too", "zh": "梯度能传回各输入，也经过覆盖向量"},
    needs=["matches_the_reference", "coverage_loss_matches"],
)
@given(case=gradients())
def test_gradients(submission, reference, case):
    args = [*case.args]
    mine, theirs = (vjp(module.final_distribution, args, case.cotangent) for module in (submission, reference))
    for position, name in enumerate(NAMES[:3]):
        quantity = {
            "en": f"the gradient of {name} in final_distribution",
            "zh": f"final_distribution 中 {name} 的梯度",
        }
        assert_matches(mine[f"{position}"], theirs[f"{position}"], quantity=quantity)
    args = [case.attentions]
    mine, theirs = (vjp(module.coverage_loss, args, Exact(1.5)) for module in (submission, reference))
    quantity = {"en": "the gradient of attentions in coverage_loss", "zh": "coverage_loss 中 attentions 的梯度"}
    assert_matches(mine["0"], theirs["0"], quantity=quantity)
