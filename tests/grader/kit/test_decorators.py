"""The two decorators: on which cases a property is tried, and what it is worth."""

import hypothesis
import pytest
from claims import local
from hypothesis import strategies as st

from grader.kit import assert_matches, given, graded
from grader.kit.properties import PLAIN, Grading, spread

TITLE = {"en": "Counts", "zh": "会计数"}


class Counter:
    def __init__(self):
        self.value = 0

    def up(self):
        self.value += 1
        return self.value


toy = local(Counter)


def properties(share=1.0):
    seen = []

    @graded(points=2, title=TITLE, needs=["runs"], teaching="shows it alone")
    @given(case=st.integers(0, 1000), share=share)
    def test_counts(submission, reference, case):
        """It counts."""
        seen.append((case, submission._channel.case, reference._channel.case))
        assert_matches(submission.Counter().up(), 1)

    return test_counts, seen


def test_a_property_is_tried_on_every_case_with_fresh_objects():
    test, seen = properties()
    mine, theirs = local(Counter), local(Counter)
    test(submission=mine, reference=theirs)
    assert len(seen) == PLAIN.max_examples
    assert len({case for case, *_ in seen}) > 50
    numbers = [own for _, own, _ in seen]
    assert numbers == [other for *_, other in seen] == list(range(1, len(seen) + 1))


def test_a_property_is_tried_on_the_same_cases_every_time():
    first, again = properties(), properties()
    for test, _ in (first, again):
        test(submission=local(Counter), reference=local(Counter))
    assert [case for case, *_ in first[1]] == [case for case, *_ in again[1]]


def test_a_share_is_so_much_of_the_cases():
    test, seen = properties(share=0.25)
    test(submission=toy, reference=toy)
    assert len(seen) == PLAIN.max_examples / 4
    assert test.given.share == 0.25


def test_what_the_judge_reads_is_on_the_property():
    test, seen = properties()
    assert test.grading == Grading(2.0, TITLE, star=False, needs=("runs",), teaching="shows it alone")
    assert (test.__name__, test.__doc__) == ("test_counts", "It counts.")
    test.given.function(submission=toy, reference=toy, case=-5)
    assert seen[-1][0] == -5
    with pytest.raises(hypothesis.errors.NoSuchExample):
        hypothesis.find(test.given.strategy, lambda case: not 0 <= case <= 1000, settings=PLAIN)


def test_a_star_is_worth_no_points():
    test = graded(star=True, title=TITLE)(lambda submission, reference: None)
    assert test.grading == Grading(0.0, TITLE, star=True, needs=())


@pytest.mark.parametrize(
    ("options", "got"),
    [
        ({}, "points=0, star=False"),
        ({"points": 1, "star": True}, "points=1, star=True"),
        ({"points": 0.0}, "points=0.0, star=False"),
    ],
)
def test_both_or_neither_of_points_and_a_star_is_refused(options, got):
    with pytest.raises(ValueError) as caught:
        graded(title=TITLE, **options)
    assert str(caught.value) == f"a property has points or is a star: got {got}"


@pytest.mark.parametrize(
    ("title", "got"),
    [
        ({"en": "Counts"}, "['en']"),
        ({"zh": "会计数"}, "['zh']"),
        ({}, "[]"),
        ({**TITLE, "de": "Zählt"}, "['de', 'en', 'zh']"),
    ],
)
def test_a_title_in_other_than_both_languages_is_refused(title, got):
    with pytest.raises(ValueError) as caught:
        graded(points=1, title=title)
    assert str(caught.value) == f"a title is given in en and zh: got {got}"


@pytest.mark.parametrize("share", [0, -0.5, 1.01, float("nan")])
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError) as caught:
        given(case=st.none(), share=share)
    assert str(caught.value) == f"share is {share}, expected above 0 and at most 1"


@pytest.mark.parametrize(
    ("count", "share", "expected"),
    [
        (10, 1.0, list(range(10))),
        (10, 0.5, [0, 2, 4, 6, 8]),
        (10, 0.3, [0, 3, 6]),
        (3, 0.01, [0]),
        (0, 0.5, []),
    ],
)
def test_a_share_is_spread_over_all_cases_and_at_least_one(count, share, expected):
    assert spread(range(count), share) == expected
