"""The ways in which a misconception is made: everywhere or here and there, and under one convention or another."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from grader.formats import Edit, Misconception, applicable


@dataclass(frozen=True, slots=True)
class Variant:
    """A misconception made in some of its places; `edits` change the reference's text, or `file` replaces it."""

    misconception: Misconception
    edits: tuple[Edit, ...]
    places: tuple[int, ...] = ()
    """Numbers of its places, from 1; none where it has none."""

    @property
    def id(self) -> str:
        """The misconception's."""
        return self.misconception.id

    @property
    def file(self) -> str | None:
        """What replaces the whole text, if anything does."""
        return self.misconception.file

    @property
    def name(self) -> str:
        """The misconception's id, and the places if there are any."""
        return f"{self.id} [{', '.join(map(str, self.places))}]" if self.places else self.id

    def applies(self, source: str) -> bool:
        """Whether a text can be changed like that."""
        return self.file is not None or applicable(source, self.edits)


def variants_of(misconception: Misconception, convention: str) -> list[Variant]:
    """How it is made under a convention, by the convention's id: in all of its places first, then in fewer.

    None where it cannot be made there.
    """
    under = next((under for under in misconception.under if convention in under.conventions), None)
    if under is not None and under.never is not None:
        return []
    edits, places = (misconception.edits, misconception.places) if under is None else (under.edits, under.places)
    return [
        Variant(misconception, edits + tuple(edit for number in chosen for edit in places[number - 1]), chosen)
        for chosen in _subsets(len(places))
    ]


def _subsets(count: int) -> Iterator[tuple[int, ...]]:
    """The non-empty subsets of 1 … count, the largest first; of nothing the empty one."""
    for size in range(count, 0, -1):
        yield from itertools.combinations(range(1, count + 1), size)
    if not count:
        yield ()
