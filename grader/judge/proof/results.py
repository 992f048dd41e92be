"""What a proof finds, as data: the judge's process writes it, the command line reads it. Imports no torch."""

from __future__ import annotations

from typing import Literal

import msgspec

from grader.text import Text

Task = Literal["facts", "seed", "mutants"]


class ProofRequest(msgspec.Struct, frozen=True, tag="proof"):
    """One piece of the proof of an exercise.

    "facts" looks at the files and at the right variants, "seed" at banks and misconceptions under one seed, "mutants"
    at every `parts`-th mutant from `part` on.
    """

    course: str
    exercise: str
    task: Task
    cases: int = 100
    seed: int = 0
    part: int = 0
    parts: int = 1
    cache: str | None = None


class Fact(msgspec.Struct, frozen=True):
    """Something that holds or does not. `detail` is what was found: names, numbers and code, or an author's words."""

    name: Text
    holds: bool
    detail: str = ""


class Tried(msgspec.Struct, frozen=True):
    """A wrong variant and the ids of the properties that it fails, stars included."""

    variant: str
    kind: Literal["misconception", "mutant"]
    killers: list[str]


class MutantFate(msgspec.Struct, frozen=True):
    """A mutant: what was changed where, how it ended, and why it is allowed to live if it does."""

    name: str
    operator: str
    fate: Literal["killed", "unloadable", "equivalent", "survived"]
    reason: str = ""


class ProofResult(msgspec.Struct, frozen=True):
    """What one piece of a proof found. `margin` is the least factor between float32 errors and tolerances."""

    exercise: str
    facts: list[Fact] = []
    tried: list[Tried] = []
    mutants: list[MutantFate] = []
    properties: int = 0
    stars: int = 0
    misconceptions: int = 0
    teaching: dict[str, str] = {}
    names: list[str] = []
    star_names: list[str] = []
    margin: float | None = None
    seconds: float = 0.0
