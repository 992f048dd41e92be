"""What grading finds, as data: the judge's process writes it, the command line reads it. Imports no torch."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from grader.text import Text

Shown = Any
"""A value as plain data. A tensor is {"dtype": …, "shape": […], "values": nested lists, or None if it is too large}."""

PropertyStatus = Literal["passed", "failed", "crashed", "timeout", "blocked"]
SubmissionStatus = Literal["passed", "failed", "not_started", "invalid", "grader_error"]


class Failure(msgspec.Struct, frozen=True):
    """Why a property does not hold, on which input."""

    text: Text
    quantity: str = ""
    expected: Shown = None
    actual: Shown = None
    index: list[int] | None = None
    counterexample: dict[str, Shown] | None = None
    prints: str = ""
    traceback: str = ""


class PropertyResult(msgspec.Struct, frozen=True):
    """One property's verdict."""

    id: str
    title: Text
    status: PropertyStatus
    points: float
    max_points: float
    star: bool
    failure: Failure | None = None


class Diagnosed(msgspec.Struct, frozen=True):
    """A misconception that explains every answer: alone, together with another, or as one of several that would.

    `breaks` is the id of the first property that fails because of it.
    """

    id: str
    title: Text
    explanation: Text
    hint: Text
    relation: Literal["alone", "together", "alternative"]
    breaks: str


class Standing(msgspec.Struct, frozen=True):
    """How an earlier exercise stands that the submission imports."""

    exercise: str
    title: Text
    path: str
    status: SubmissionStatus


class GradeResult(msgspec.Struct, frozen=True):
    """One submission's verdict. `problem` says why it is invalid, not started or could not be graded."""

    exercise: str
    status: SubmissionStatus
    seed: int
    sandbox: str
    path: str
    sha256: str
    properties: list[PropertyResult] = []
    convention: Text | None = None
    problem: Text | None = None
    traceback: str = ""
    debug_script: str | None = None
    duration_s: float = 0.0
    diagnosis: list[Diagnosed] = []
    prerequisites: list[Standing] = []

    @property
    def score(self) -> float:
        """Points earned."""
        return sum(result.points for result in self.properties)

    @property
    def max_score(self) -> float:
        """Points there are."""
        return sum(result.max_points for result in self.properties)

    @property
    def stars(self) -> int:
        """Stars earned."""
        return sum(result.star and result.status == "passed" for result in self.properties)

    @property
    def max_stars(self) -> int:
        """Stars there are."""
        return sum(result.star for result in self.properties)


class GradeRequest(msgspec.Struct, frozen=True, tag="grade"):
    """What to grade. `name` is what the submission is called in messages."""

    course: str
    exercise: str
    submission: str
    seed: int = 0
    cases: int = 100
    debug: bool = False
    cache: str | None = None


class GraderError(Exception):
    """Our fault: never the submission's."""
