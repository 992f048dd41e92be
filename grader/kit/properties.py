"""The two decorators of a property: `@given` says on which cases it is tried, `@graded` what it is worth."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import hypothesis
from hypothesis import HealthCheck
from hypothesis import strategies as st

from grader.kit.modules import Module, next_case
from grader.text import Text

Property = Callable[..., None]

PLAIN = hypothesis.settings(
    database=None, deadline=None, suppress_health_check=list(HealthCheck), print_blob=False, derandomize=True
)
"""A property has no clock and no memory of its own: limits are the judge's, and the seed decides."""


@dataclass(frozen=True, slots=True)
class Grading:
    """What a property is worth. `needs` are the ids of properties that must hold first.

    `teaching` says why a property is there that catches nothing which no other would catch.
    """

    points: float
    title: Text
    star: bool
    needs: tuple[str, ...]
    teaching: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """On which cases a property is tried, and on what share of as many as are asked for."""

    strategy: st.SearchStrategy[Any]
    function: Property
    share: float = 1.0


def given(*, case: st.SearchStrategy[Any], share: float = 1.0) -> Callable[[Property], Property]:
    """Try a property on cases from a strategy; under pytest, `submission` and `reference` are fixtures.

    `share` is for what is costly and needs few: with 0.25, 25 of 100 cases, spread over all that are drawn. Raises
    ValueError unless it is above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share is {share}, expected above 0 and at most 1")
    plain = hypothesis.settings(PLAIN, max_examples=len(spread(range(PLAIN.max_examples), share)))

    def decorate(function: Property) -> Property:
        @functools.wraps(function)
        def with_fresh_objects(submission: Module, reference: Module, case: object) -> None:
            for module in (submission, reference):
                next_case(module)
            function(submission=submission, reference=reference, case=case)

        test: Any = plain(hypothesis.given(case=case)(with_fresh_objects))
        test.given = Given(case, function, share)
        return test  # type: ignore[no-any-return]  # a function with attributes

    return decorate


def spread(drawn: Sequence[Any], share: float) -> list[Any]:
    """A share of what was drawn, at least one, in its order and from all of it: the first cases are the simplest.

    >>> spread(range(10), 0.3)
    [0, 3, 6]
    """
    count = max(1, round(len(drawn) * share)) if drawn else 0
    return [drawn[index * len(drawn) // count] for index in range(count)]


def graded(
    *, title: Text, points: float = 0, star: bool = False, needs: Sequence[str] = (), teaching: str = ""
) -> Callable[[Property], Property]:
    """Give a property its title and its points; a star is worth none. Raises ValueError for both or neither.

    `needs` names properties (without `test_`) that must hold first: if one does not, this one is blocked. A property
    that catches nothing alone says in `teaching` what it explains better than the others do.
    """
    if star == bool(points):
        raise ValueError(f"a property has points or is a star: got points={points!r}, star={star!r}")
    if set(title) != {"en", "zh"}:
        raise ValueError(f"a title is given in en and zh: got {sorted(title)}")

    def decorate(function: Property) -> Property:
        function.grading = Grading(float(points), dict(title), star, tuple(needs), teaching)  # type: ignore[attr-defined]  # read by the judge
        return function

    return decorate
