"""Properties of machine_translation, from plain to deep.

Ten ways people get it wrong, and the property that each must fail:

1. repeated n-grams match as often as they are predicted (no clipping)          → bleu_matches_the_reference
2. precisions weigh the same, 1/k each; or matches are divided by the label's   → bleu_matches_the_reference
3. the brevity penalty is missing, or it punishes predictions that are long     → a_beginning_costs_its_brevity
4. bos is left in the result, or eos left out of it                             → greedy_takes_the_most_probable_token
5. max_len counts bos, so that the search ends one token early                  → greedy_takes_the_most_probable_token
6. step is asked about the last token alone, not about the whole sequence       → greedy_takes_the_most_probable_token
7. the score is the sum: alpha is ignored, or L counts bos                      → score_is_that_of_its_tokens
8. finished beams are extended beyond eos                                       → score_is_that_of_its_tokens
9. finished beams are set aside, so that more than beam_size are kept           → beam_matches_the_reference
   or beams are kept by the sum, and only the last choice is by score           → beam_matches_the_reference
10. topk of fewer candidates than beam_size raises                              → a_wide_beam_searches_everything
11. no more beams are kept than the vocabulary has tokens                       → beam_matches_the_reference
"""

import functools
import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
import torch
from hypothesis import assume, reject
from hypothesis import strategies as st

from grader.kit import Formula, assert_matches, check, given, graded, number, sizes
from grader.kit.quantities import pair

MARGIN = 1e-3
"""No choice is closer: the order in which log-probabilities are added up cannot turn it."""
CLOSE = 1e-5
"""Scores may be added up in float32."""

ALPHA = 0.75
"""The default: it is left out of the call."""


class Step(Formula):
    """Log-probabilities by the last token, from several tables that take turns as the sequence grows."""

    def __init__(self, P):
        super().__init__("torch.log(P[len(x) % len(P), x[-1]])", P=P)

    def __call__(self, tokens):
        if not (isinstance(tokens, list) and tokens and all(type(token) is int for token in tokens)):
            raise TypeError(f"step was called with {tokens!r}, expected a list of ints that begins with bos")
        return eval(self._code, {"torch": torch, "x": tokens, **self.tensors})


@dataclass(frozen=True)
class Translation:
    pred_seq: str
    label_seq: str
    k: int

    @property
    def args(self):
        return self.pred_seq, self.label_seq, self.k

    def matches(self, joined):
        """How many n-grams match, for n = 1, …, k, where `joined` makes one thing of n words."""
        pred, label = self.pred_seq.split(), self.label_seq.split()
        grams = (
            [Counter(joined(words[i : i + n]) for i in range(len(words) - n + 1)) for words in (pred, label)]
            for n in range(1, self.k + 1)
        )
        return [(predicted & wanted).total() for predicted, wanted in grams]


@dataclass(frozen=True)
class Search:
    """Where to search: `tables` tables of probabilities in hundredths, none of them 0, drawn from a seed."""

    tables: int
    vocab: int
    seed: int
    bos: int
    eos: int
    beam_size: int
    max_len: int
    alpha: float

    @functools.cached_property
    def P(self):
        generator = np.random.default_rng(self.seed)
        shares = generator.dirichlet(np.ones(self.vocab), size=(self.tables, self.vocab))
        return torch.from_numpy((1 + generator.multinomial(100 - self.vocab, shares)) / 100)  # (tables, vocab, vocab)

    @functools.cached_property
    def step(self):
        return Step(self.P)

    @property
    def greedy(self):
        return self.step, self.bos, self.eos, self.max_len

    def beam(self, module, beam_size=None):
        """The tokens and the score that a module finds."""
        size = self.beam_size if beam_size is None else beam_size
        options = {} if self.alpha == ALPHA else {"alpha": self.alpha}
        return module.beam_search(self.step, self.bos, self.eos, size, self.max_len, **options)

    @functools.cached_property
    def log_probs(self):
        return torch.log(self.P).tolist()

    def score(self, tokens, total=None, alpha=None):
        """The score of generated tokens, with the case's alpha if no other is given."""
        if total is None:
            total = sum(self.gained(tokens[:i], tokens[i]) for i in range(len(tokens)))
        return total / len(tokens) ** (self.alpha if alpha is None else alpha)

    def gained(self, tokens, token):
        """The log-probability of a token after those generated so far."""
        return self.log_probs[(len(tokens) + 1) % self.tables][tokens[-1] if tokens else self.bos][token]

    def search(self, alpha=None, beam_size=None, aside=False):
        """What a beam search finds that keeps beams by the score with `alpha`, and the margin of its closest choice.

        There are two choices at every step: which candidate is best, and which is the last one to be kept. With `aside`,
        finished beams are kept beside the others, which is wrong.
        """
        beams, closest = [((), 0.0)], math.inf
        size = self.beam_size if beam_size is None else beam_size
        for _ in range(self.max_len):
            extended = [
                ((*tokens, *more), total + sum(self.gained(tokens, token) for token in more))
                for tokens, total in beams
                for more in ([()] if self.eos in tokens else [(token,) for token in range(self.vocab)])
            ]
            scored = sorted(((self.score(*one, alpha), *one) for one in extended), reverse=True)
            closest = min([closest, *(scored[i][0] - scored[i + 1][0] for i in (0, size - 1) if i + 1 < len(scored))])
            finished = [one for one in scored if aside and self.eos in one[1]]
            beams = [one for _, *one in finished + [one for one in scored if one not in finished][:size]]
        return max(beams, key=lambda one: self.score(*one))[0], closest

    @property
    def everything(self):
        """A beam so wide that nothing is ever left out."""
        return self.vocab**self.max_len

    def shown(self):
        given = {name: getattr(self, name) for name in ("bos", "eos", "beam_size", "max_len", "alpha")}
        return {"step(x)": self.step.expression, "P": self.P, **given}


seeds = st.integers(0, 2**16)


@st.composite
def regrouped(draw):
    """The same letters in other words, such as A BA and AB A: different pairs that are the same without a space.

    Few seeds have such pairs: one is searched for.
    """
    start, length, k = draw(seeds), draw(sizes(7, 3)), draw(sizes(3, 2))
    for seed in range(start, start + 200):
        generator = np.random.default_rng(seed)
        text = letters(seed, 2, length)
        pred, label = ("".join(letter + " " * int(generator.integers(2)) for letter in text).split() for _ in "pl")
        case = Translation(" ".join(pred), " ".join(label), min(k, len(pred)))
        if case.matches("".join) != case.matches(tuple):
            return case
    return reject()


@st.composite
def beginnings(draw):
    length = draw(sizes(7))
    words, label = draw(sizes(length)), letters(draw(seeds), 3, length)
    return Translation(" ".join(label[:words]), " ".join(label), draw(sizes(min(4, words))))


@st.composite
def translations(draw):
    """Predictions that are the label with some words left out, replaced or said twice."""
    length, edits, seed = draw(sizes(7)), draw(st.integers(0, 4)), draw(seeds)
    kinds, generator = draw(sizes(4)), np.random.default_rng(seed)
    label = letters(seed, kinds, length)
    pred = [*label]
    for where, word in zip(generator.integers(0, 7, edits), letters(seed + 1, kinds + 1, edits), strict=True):
        at = int(where) % len(pred)
        pred[at : at + 1] = [[], [word], [pred[at]] * 2, [word, pred[at]]][int(where) % 4]
        pred = pred or [word]
    return Translation(" ".join(pred), " ".join(label), draw(sizes(min(4, len(pred)))))


def letters(seed, kinds, length):
    return ["ABCDE"[i] for i in np.random.default_rng(seed).integers(0, kinds, length)]


@st.composite
def searches(draw, vocab=5, max_len=5, beam_size=4):
    tables, size, seed = draw(sizes(3)), draw(sizes(vocab, 2)), draw(seeds)
    alpha = draw(st.sampled_from([ALPHA, 0.0, 1.0]))
    case = Search(tables, size, seed, *ends(seed, size), draw(sizes(beam_size)), draw(sizes(max_len)), alpha)
    assume(case.search()[1] >= MARGIN)
    return case


@st.composite
def exhaustive(draw):
    """Small enough to look at everything."""
    case = draw(searches(vocab=3, max_len=3, beam_size=2))
    assume(case.search(beam_size=case.everything)[1] >= MARGIN)
    return case


@st.composite
def telling(draw):
    """Searches that find something else if they keep other beams, one in twenty: the seed is searched for.

    Kept by the sum, kept beside finished ones that take no place, or no more of them than the vocabulary has tokens.
    """
    other = draw(st.sampled_from([{"alpha": 0.0}, {"aside": True}, {"beam_size": None}]))
    wide = "beam_size" in other
    size, beam_size = draw(sizes(3 if wide else 5, 2 if wide else 3)), draw(sizes(3, 2))
    max_len, start, alpha = draw(sizes(6, 4)), draw(seeds), draw(st.sampled_from([ALPHA, 1.0]))
    other = {"beam_size": size} if wide else other
    for seed in range(start, start + 200):
        case = Search(2, size, seed, *ends(seed, size), beam_size * size if wide else beam_size, max_len, alpha)
        found, closest = case.search()
        if closest >= MARGIN and case.search(**other)[0] != found:
            return case
    return reject()


def ends(seed, vocab):
    """Two different tokens, for bos and eos."""
    bos = seed % vocab
    return bos, (bos + 1 + seed % (vocab - 1)) % vocab


greedy, wide = searches(beam_size=1), searches() | telling()


def ints(tokens):
    """Tokens, which have to be a list of ints."""
    check(
        isinstance(tokens, list) and all(type(token) is int for token in tokens),
        {"en": f"the tokens are {tokens!r}, expected a list of ints", "zh": f"词元是 {tokens!r}，应为整数的列表"},
    )
    return tokens


def generated(tokens, case):
    """Generated tokens as they have to be: of the vocabulary, up to the first eos or max_len of them."""
    ints(tokens)
    first = tokens.index(case.eos) + 1 if case.eos in tokens else case.max_len
    check(
        len(tokens) == first,
        {
            "en": f"returned {tokens}, expected {first} tokens: up to the first eos ({case.eos}), and max_len = "
            f"{case.max_len} at most",
            "zh": f"返回了 {tokens}，应有 {first} 个词元：到第一个 eos（{case.eos}）为止，最多 max_len = {case.max_len} 个",
        },
        actual=tokens,
        quantity="tokens",
    )
    check(
        all(0 <= token < case.vocab for token in tokens),
        {
            "en": f"returned {tokens}, expected tokens from 0 to {case.vocab - 1}",
            "zh": f"返回了 {tokens}，词元应在 0 与 {case.vocab - 1} 之间",
        },
    )
    return tokens


def found(submission, case, beam_size=None):
    """The tokens and the score of a beam search."""
    result = case.beam(submission, beam_size)
    check(
        isinstance(result, tuple) and len(result) == 2,
        {
            "en": f"beam_search returned {result!r}, expected a tuple of tokens and score",
            "zh": f"beam_search 返回了 {result!r}，应为词元与得分组成的元组",
        },
    )
    return generated(result[0], case), number(result[1], "score")


@graded(
    points=1,
    title={
        "en": "The first m of n right words score exp(1 − n/m), all of them 1",
        "zh": "只译出 n 个词中的前 m 个得 exp(1 − n/m)，全部译出得 1",
    },
    teaching="says what the brevity penalty is alone, where bleu_matches_the_reference only shows another number",
)
@given(case=beginnings())
def test_a_beginning_costs_its_brevity(submission, reference, case):
    n, m = (len(words.split()) for words in (case.label_seq, case.pred_seq))
    assert_matches(number(submission.bleu(*case.args), "bleu"), math.exp(1 - n / m), quantity="bleu")


@graded(points=2, title={"en": "BLEU matches the reference", "zh": "BLEU 与参考实现一致"})
@given(case=translations() | regrouped())
def test_bleu_matches_the_reference(submission, reference, case):
    assert_matches(submission.bleu(*case.args), reference.bleu(*case.args), quantity="bleu")


@graded(
    points=2,
    title={
        "en": "Greedy search takes the most probable token, up to eos or max_len",
        "zh": "贪心搜索每步取最可能的词元，直到 eos 或 max_len",
    },
)
@given(case=greedy)
def test_greedy_takes_the_most_probable_token(submission, reference, case):
    tokens, so_far = ints(submission.greedy_search(*case.greedy)), [case.bos]
    for at, token in enumerate(reference.greedy_search(*case.greedy)):
        now = tokens[at] if at < len(tokens) else None
        p = float(case.P[len(so_far) % case.tables, so_far[-1], token])
        check(
            now == token,
            {
                "en": f"after {so_far} the most probable token is {token} (p = {p:g}); returned {tokens}, where entry {at} "
                f"is {now if now is not None else 'missing'}",
                "zh": f"{so_far} 之后最可能的词元是 {token}（p = {p:g}）；返回的是 {tokens}，其中第 {at} 项"
                f"{f'是 {now}' if now is not None else '缺失'}",
            },
        )
        so_far.append(token)
    generated(tokens, case)


@graded(
    points=1,
    title={
        "en": "The score of a beam search is that of the tokens it returns",
        "zh": "束搜索返回的得分就是所返回词元的得分",
    },
    teaching="says whether the score or the search is wrong, where beam_matches_the_reference only shows other tokens",
)
@given(case=wide)
def test_score_is_that_of_its_tokens(submission, reference, case):
    tokens, score = found(submission, case)
    expected = case.score(tokens)
    told, due = pair(score, expected)
    check(
        abs(score - expected) <= CLOSE * max(1.0, abs(expected)),
        {
            "en": f"returned {tokens} with the score {told}; the score of these {len(tokens)} tokens is "
            f"{due}, with alpha = {case.alpha:g}",
            "zh": f"返回了 {tokens}，得分为 {told}；这 {len(tokens)} 个词元的得分应为 {due}，其中 alpha = {case.alpha:g}",
        },
        expected=expected,
        actual=score,
        quantity="score",
    )


@graded(
    points=1,
    title={"en": "A beam of 1 is greedy search", "zh": "束宽为 1 就是贪心搜索"},
    teaching="the law between the two searches, on which a beam search can be tested by hand",
)
@given(case=greedy)
def test_a_beam_of_one_is_greedy(submission, reference, case):
    tokens, _ = found(submission, case)
    expected = reference.greedy_search(*case.greedy)
    check(
        tokens == expected,
        {
            "en": f"beam_search with beam_size = 1 returned {tokens}, expected what greedy search finds: {expected}",
            "zh": f"beam_size = 1 时 beam_search 返回了 {tokens}，应与贪心搜索的结果相同：{expected}",
        },
        expected=expected,
        actual=tokens,
        quantity="tokens",
    )


@graded(
    points=1,
    title={
        "en": "No beam beats exhaustive search; one wide enough equals it",
        "zh": "束搜索不会优于穷举搜索；束足够宽时与之相同",
    },
    teaching="the law that says what beam search approximates; where it fails, the case is small enough to write out",
)
@given(case=exhaustive())
def test_a_wide_beam_searches_everything(submission, reference, case):
    best, everything = case.score(case.search(beam_size=case.everything)[0]), case.everything
    for beam_size in (case.beam_size, everything):
        tokens, score = found(submission, case, beam_size)
        told, due = pair(score, best)
        check(
            score <= best + CLOSE and (beam_size < everything or score >= best - CLOSE),
            {
                "en": f"with beam_size = {beam_size} beam_search returned {tokens} with the score {told}; the best of "
                f"all sequences has {due}",
                "zh": f"beam_size = {beam_size} 时 beam_search 返回了 {tokens}，得分为 {told}；所有序列中最高的得分是 {due}",
            },
            expected=best,
            actual=score,
            quantity="score",
        )


@graded(points=2, title={"en": "Beam search matches the reference", "zh": "束搜索与参考实现一致"})
@given(case=wide)
def test_beam_matches_the_reference(submission, reference, case):
    tokens, score = found(submission, case)
    expected, best = case.beam(reference)
    check(
        tokens == expected,
        {
            "en": f"returned {tokens} with the score {score:.6g}, expected {expected} with {best:.6g}",
            "zh": f"返回了 {tokens}，得分为 {score:.6g}；应为 {expected}，得分 {best:.6g}",
        },
        expected=expected,
        actual=tokens,
        quantity="tokens",
    )
    assert_matches(score, best, rtol=CLOSE, atol=CLOSE, quantity="score")


@graded(star=True, title={"en": "An empty prediction scores 0.0", "zh": "空的预测得 0.0"})
@given(case=st.builds(Translation, st.just(""), st.sampled_from(["A", "A B"]), sizes(3)))
def test_an_empty_prediction_scores_nothing(submission, reference, case):
    assert_matches(number(submission.bleu(*case.args), "bleu"), 0.0, rtol=0.0, atol=0.0, quantity="bleu")
