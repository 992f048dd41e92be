"""What grading finds, as data: the judge's process writes it, the command line reads it. Imports no torch."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any, Literal

import msgspec

from grader.text import LANGUAGES, Text

Shown = Any
"""A value as plain data. A tensor is {"dtype": …, "shape": […], "values": nested lists, or None if it is too large}."""

PropertyStatus = Literal["passed", "failed", "crashed", "timeout", "blocked"]
SubmissionStatus = Literal["passed", "failed", "not_started", "invalid", "grader_error"]


class Failure(msgspec.Struct, frozen=True):
    """Why a property does not hold, on which input. `prints` is the beginning, `unprinted` lines more are left out."""

    text: Text
    quantity: str = ""
    expected: Shown = None
    actual: Shown = None
    index: list[int] | None = None
    counterexample: dict[str, Shown] | None = None
    prints: str = ""
    unprinted: int = 0
    traceback: Text | None = None


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
    """One submission's verdict. `problem` says why it is invalid, not started or could not be graded.

    `path` is what the submission is called. `debug_script` is the text of a script, `notes` are sentences that belong
    under the verdict: what could not be done beside it, how the file was read.
    """

    exercise: str
    status: SubmissionStatus
    seed: int
    sandbox: str
    path: str
    sha256: str
    max_score: float
    score: float = 0.0
    properties: list[PropertyResult] = []
    convention: Text | None = None
    problem: Text | None = None
    traceback: str = ""
    debug_script: str | None = None
    duration_s: float = 0.0
    diagnosis: list[Diagnosed] = []
    prerequisites: list[Standing] = []
    notes: list[Text] = []

    @property
    def stars(self) -> int:
        """Stars earned."""
        return sum(result.star and result.status == "passed" for result in self.properties)

    @property
    def max_stars(self) -> int:
        """Stars there are."""
        return sum(result.star for result in self.properties)


class GraderError(Exception):
    """Our fault, or the course's: never the submission's. `text` says what happened, in both languages."""

    def __init__(self, text: Text | str) -> None:
        self.text: Text = dict.fromkeys(LANGUAGES, text) if isinstance(text, str) else text
        super().__init__(self.text["en"])


def described(error: BaseException) -> Text:
    """What an error of ours says, in both languages where it knows them; else its type and message."""
    text = getattr(error, "text", None)
    if isinstance(text, dict):
        return text
    name = type(error).__name__
    plain = f"{name}: {error}" if str(error) else name
    return dict.fromkeys(LANGUAGES, plain)


def whereabouts(error: BaseException, files: int = 4) -> str:
    """The last places that an error of ours passed, for whoever is to mend it."""
    frames = traceback.extract_tb(error.__traceback__)[-files:]
    return "\n".join(f"{Path(frame.filename).name}:{frame.lineno} in {frame.name}" for frame in frames)
