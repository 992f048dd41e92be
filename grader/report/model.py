"""The report: what every renderer shows, in one language. Its JSON form is the published schema gradlings/report/2."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from typing import Any, Final, Literal

import msgspec

from grader.judge.results import Failure, GradeResult, PropertyResult, PropertyStatus, SubmissionStatus
from grader.text import Text, both

SCHEMA: Final = "gradlings/report/2"
SEVERAL: Final = "gradlings/reports/2"


class PropertyReport(msgspec.Struct, frozen=True):
    """One property, in the reader's language."""

    id: str
    title: str
    status: PropertyStatus
    points: float
    max_points: float
    star: bool
    message: str | None
    counterexample: dict[str, Any] | None
    expected: Any
    actual: Any
    prints: str
    traceback: str


class Hint(msgspec.Struct, frozen=True):
    """A hint and its stage, counted from 1; stage 0 is the hint that belongs to a diagnosis. `more`: others follow."""

    level: int
    text: str
    more: bool = True


class Diagnosis(msgspec.Struct, frozen=True):
    """A misconception that explains every answer: alone, together with another, or as one of several that would.

    `breaks` is the id of the first property that fails because of it.
    """

    id: str
    title: str
    explanation: str
    hint: str
    relation: Literal["alone", "together", "alternative"]
    breaks: str


class PrerequisiteReport(msgspec.Struct, frozen=True):
    """An earlier exercise that the submission imports, and how that stands."""

    exercise: str
    title: str
    path: str
    status: SubmissionStatus


class Cases(msgspec.Struct, frozen=True):
    """Which cases were drawn: the seed, null where it is secret, and a fingerprint: the same for the same ones."""

    seed: int | None
    fingerprint: str


class SubmissionReport(msgspec.Struct, frozen=True):
    """The file that was graded."""

    path: str
    sha256: str


class Report(msgspec.Struct, frozen=True):
    """One exercise graded."""

    schema: str
    exercise: str
    title: str
    status: SubmissionStatus
    score: float
    max_score: float
    stars: int
    max_stars: int
    convention: str | None
    cases: Cases
    sandbox: str
    duration_s: float
    submission: SubmissionReport
    problem: str | None
    traceback: str
    properties: list[PropertyReport]
    diagnosis: list[Diagnosis]
    hint: Hint | None
    debug_script: str | None
    prerequisites: list[PrerequisiteReport]
    notes: list[str]


def build(
    result: GradeResult, *, title: Text, worth: float, lang: str, hint: Hint | None = None, notes: Sequence[Text] = (),
    script: str | None = None,
) -> Report:  # fmt: skip
    """The report of a result. `worth` is what the exercise is worth where no property was looked at.

    `script` is where the debug script lies.
    """
    properties = [_property(property_, lang) for property_ in result.properties]
    diagnosis = [
        Diagnosis(
            diagnosed.id, diagnosed.title[lang], diagnosed.explanation[lang], diagnosed.hint[lang],
            diagnosed.relation, diagnosed.breaks,
        )
        for diagnosed in result.diagnosis
    ]  # fmt: skip
    if diagnosis:
        hint = Hint(0, diagnosis[0].hint)
    return Report(
        schema=SCHEMA,
        exercise=result.exercise,
        title=title[lang],
        status=result.status,
        score=result.score,
        max_score=result.max_score if result.properties else worth,
        stars=result.stars,
        max_stars=result.max_stars,
        convention=result.convention[lang] if result.convention else None,
        cases=Cases(result.seed, fingerprint(result.seed)),
        sandbox=result.sandbox,
        duration_s=result.duration_s,
        submission=SubmissionReport(result.path, result.sha256),
        problem=escaped(result.problem[lang]) if result.problem else None,
        traceback=escaped(result.traceback),
        properties=properties,
        diagnosis=diagnosis,
        hint=hint if result.status == "failed" else None,
        debug_script=escaped(script) if script else None,
        prerequisites=[
            PrerequisiteReport(standing.exercise, standing.title[lang], standing.path, standing.status)
            for standing in result.prerequisites
        ],
        notes=[escaped(note[lang]) for note in notes],
    )


def failing(properties: Sequence[PropertyResult] | Sequence[PropertyReport]) -> list[str]:
    """The ids of what was tried and failed, in order, what is worth points first."""
    failed = [property_ for property_ in properties if property_.status in ("failed", "crashed", "timeout")]
    return [property_.id for property_ in sorted(failed, key=lambda property_: property_.star)]


def fingerprint(seed: int) -> str:
    """Eight digits by which two reports of the same cases are known: `0` gives `5feceb66`."""
    return hashlib.sha256(str(seed).encode()).hexdigest()[:8]


def _property(result: PropertyResult, lang: str) -> PropertyReport:
    failure = result.failure
    return PropertyReport(
        id=result.id,
        title=result.title[lang],
        status=result.status,
        points=result.points,
        max_points=result.max_points,
        star=result.star,
        message=escaped(failure.text[lang]) if failure else None,
        counterexample=failure.counterexample if failure else None,
        expected=failure.expected if failure else None,
        actual=failure.actual if failure else None,
        prints=_prints(failure, lang) if failure else "",
        traceback=escaped(failure.traceback[lang]) if failure and failure.traceback else "",
    )


def _prints(failure: Failure, lang: str) -> str:
    if not failure.unprinted:
        return escaped(failure.prints)
    more = both("… ({count} more lines)", count=failure.unprinted)[lang]
    return f"{escaped(failure.prints)}\n{more}"


def escaped(text: str) -> str:
    """The text with control characters spelled out: nothing that a submission says moves the cursor."""
    return "".join(
        char if char.isprintable() or char == "\n" else char.encode("unicode_escape").decode() for char in text
    )


def to_json(reports: Sequence[Report]) -> bytes:
    """One JSON object, indented: the report, or an object with a list of several.

    JSON has no NaN or infinities: they are the strings "NaN", "Infinity", "-Infinity".
    """
    data = [_jsonable(msgspec.to_builtins(report)) for report in reports]
    whole = data[0] if len(data) == 1 else {"schema": SEVERAL, "reports": data}
    return msgspec.json.format(msgspec.json.encode(whole), indent=2)


def _jsonable(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    if isinstance(value, dict):
        return {key: _jsonable(item) for key, item in value.items()}
    return value
