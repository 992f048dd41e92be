"""What a proof finds, as data: the judge's process writes it, the command line reads it. Imports no torch."""

from __future__ import annotations

from typing import Literal

import msgspec

from grader.judge.requests import ProofRequest
from grader.judge.results import described, whereabouts
from grader.text import Text, both


class Fact(msgspec.Struct, frozen=True):
    """Something that holds or does not. `detail` is what was found: names, numbers and code, or an author's words."""

    name: Text
    holds: bool
    detail: str = ""
    cause: Text = {}
    """What went wrong, in both languages, where that is a sentence of ours; it stands for the detail."""

    def explained(self, lang: str) -> str:
        """What was found, in the reader's language."""
        return self.cause.get(lang, self.detail)


class Tried(msgspec.Struct, frozen=True):
    """A wrong variant and the ids of the properties that it fails, stars included."""

    variant: str
    kind: Literal["misconception", "mutant", "wrong"]
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
    complete: bool = True
    """Whether the piece was worked off; else its fact says what went wrong, and it is not remembered."""


def loads() -> Text:
    """The claim without which there is nothing to prove."""
    return both("the exercise can be loaded and its properties hold for every right variant")


def broken(request: ProofRequest, error: BaseException) -> ProofResult:
    """A piece that could not be worked off, as a fact that does not hold: what went wrong, and where in the grader."""
    where = "" if hasattr(error, "text") else f" [{whereabouts(error)}]"
    place = f"{where} ({request.task}, seed {request.seed})"
    cause = {lang: f"{text}{place}" for lang, text in described(error).items()}
    return ProofResult(request.exercise, [Fact(loads(), holds=False, detail=cause["en"], cause=cause)], complete=False)
