"""Grades one submission of one exercise: what trying it came to, as a verdict with points, diagnosis and script."""

from __future__ import annotations

import time
from collections.abc import Sequence
from fractions import Fraction

import msgspec

from grader.formats import CourseError
from grader.judge.bank.loading import Property
from grader.judge.entry.admission import Admitted
from grader.judge.entry.forbidden import forbidden_text
from grader.judge.entry.submission import InvalidSubmission
from grader.judge.exercise import Drawing, LoadedExercise
from grader.judge.explain import debugging
from grader.judge.requests import Depth, GradeRequest, path_from
from grader.judge.results import (
    Diagnosed,
    Failure,
    GraderError,
    GradeResult,
    PropertyResult,
    PropertyStatus,
    Standing,
    SubmissionStatus,
    described,
    whereabouts,
)
from grader.judge.shelf import Shelf
from grader.judge.trying.comparing import Comparison, Subject, compare, go_on
from grader.judge.trying.shrinking import shrink
from grader.judge.trying.subjects import InWorkers
from grader.judge.trying.trial import clear_fault
from grader.judge.workers.worker import ForbiddenReached
from grader.text import Text, both

_STATUS: dict[str, PropertyStatus] = {
    "mismatch": "failed", "raised": "failed", "unwritten": "failed", "crashed": "crashed", "timeout": "timeout"
}  # fmt: skip


def answer(shelf: Shelf, request: GradeRequest) -> GradeResult:
    """Grade as a request asks. Whatever goes wrong on our side is a verdict on us."""
    try:
        drawing = Drawing(request.seed, request.cases, path_from(request.cache))
        loaded = shelf.take(path_from(request.course), request.exercise, drawing)
        return grade(loaded, request.admitted, request.depth, script=request.script)
    except Exception as error:  # a boundary: whatever it is, it is told and costs this request alone
        return failed(request, error)


def failed(request: GradeRequest, error: BaseException) -> GradeResult:
    """The verdict on us: what went wrong, and where."""
    expected = isinstance(error, GraderError | CourseError)
    submission = request.admitted.submission
    return GradeResult(
        request.exercise, "grader_error", request.seed, "none", submission.name, submission.sha256, 0.0,
        problem=described(error), traceback="" if expected else whereabouts(error),
    )  # fmt: skip


def grade(loaded: LoadedExercise, admitted: Admitted, depth: Depth, *, script: bool = False) -> GradeResult:
    """The verdict on an admitted submission. Raises GraderError and CourseError."""
    started = time.monotonic()
    result = _Grading(loaded, admitted, depth).verdict(script=script)
    return msgspec.structs.replace(result, duration_s=round(time.monotonic() - started, 3))


def diagnose(
    loaded: LoadedExercise, subject: Subject, comparisons: Sequence[Comparison], *, thoroughly: bool = True
) -> tuple[list[Diagnosed], Comparison | None]:
    """Which misconception explains everything, under the convention that is followed best or else another, and which.

    Where a worker crashed, its code has said too little. So it has under a convention under which something is blocked
    that fails under the best.
    """
    graded = {property_.id for property_ in loaded.graded}
    failing = graded & comparisons[0].faults.keys()
    if not failing:
        return [], None  # what lacks a star only is right, whatever it would be under another convention
    for comparison in comparisons:
        kinds = {fault.kind for name, fault in comparison.faults.items() if name in graded}
        if kinds and "crashed" not in kinds:
            reference = comparison.convention.reference
            go_on(subject, loaded.properties, comparison, loaded.bank(reference))
            if failing & comparison.blocked.keys():
                continue
            found = loaded.diagnoser(reference).diagnose(comparison.trials, thoroughly=thoroughly)
            if found:
                return found, comparison
    return [], None


class _Grading:
    """One submission being graded."""

    def __init__(self, loaded: LoadedExercise, admitted: Admitted, depth: Depth) -> None:
        self._loaded, self._admitted, self._depth = loaded, admitted, depth
        self._submission, self._exercise = admitted.submission, loaded.exercise
        self._standings: list[Standing] = []
        self._notes: list[Text] = []
        self._tier = "none"
        worth = sum(Fraction(property_.grading.points) for property_ in loaded.properties)
        self._scale = Fraction(self._exercise.points) / worth if worth else Fraction(0)

    def verdict(self, *, script: bool) -> GradeResult:
        pool = self._loaded.open(self._admitted)
        try:
            pool.warm()
            if self._depth != "status":
                self._standings = [self._standing(companion.exercise) for companion in self._admitted.companions]
            subject = InWorkers(self._admitted, pool)
            loaded = self._loaded
            comparisons = compare(
                subject, loaded.properties, loaded.conventions, loaded.bank, status_only=self._depth == "status"
            )
            diagnosis: list[Diagnosed] = []
            shown = comparisons[0]
            if self._depth != "status":
                diagnosis, under = diagnose(loaded, subject, comparisons)
                if under is not None and under.worth(loaded.properties) == shown.worth(loaded.properties):
                    shown = under
            if self._depth == "smallest":
                self._shrink(shown, subject)
            self._tier = pool.tier
            rivals = [comparison for comparison in comparisons if comparison is not shown]
            return self._result(shown, self._pointing(diagnosis, shown), rivals, script=script)
        except InvalidSubmission as error:
            return self._without_points("invalid", error.text, pool.tier, error.traceback)
        except ForbiddenReached as error:
            rule = next(rule for rule in self._exercise.about.forbidden if rule.name == error.name)
            return self._without_points("invalid", forbidden_text(rule, error.name), pool.tier)
        finally:
            pool.close()

    def _standing(self, name: str) -> Standing:
        """How an earlier exercise stands, as quickly as that can be told."""
        companion = next(companion for companion in self._admitted.companions if companion.exercise == name)
        exercise = self._loaded.course.find(name)
        status = companion.known
        if status is None:
            sibling = self._loaded.sibling(name)
            admitted = self._admitted.of(companion)
            known = sibling.passes.know(companion.submission, admitted.companions)
            status = "passed" if known else grade(sibling, admitted, "status").status
        return Standing(name, exercise.title, companion.submission.name, status)

    def _shrink(self, comparison: Comparison, subject: InWorkers) -> None:
        """Look for smaller inputs for what failed; crashes and timeouts stay as they are."""
        for property_ in self._loaded.properties:
            fault = comparison.faults.get(property_.id)
            if fault is None or fault.final:
                continue
            trials, reference = comparison.trials[property_.id], comparison.convention.reference
            plain = clear_fault(trials, fault)
            comparison.faults[property_.id] = shrink(
                property_, plain, reference, self._admitted.sources,
                seed=self._loaded.drawing.seed, cases=self._loaded.drawing.cases, renew=subject.reopen,
                spent=subject.spent, restarts=0 if subject.hung else 2,
                elsewhere=len(trials) < len(self._loaded.bank(reference)[property_.id]),
            )  # fmt: skip

    def _pointing(self, diagnosis: list[Diagnosed], shown: Comparison) -> list[Diagnosed]:
        """The diagnosis, pointing at properties that fail in this very report."""
        failed = [property_.id for property_ in self._loaded.graded if property_.id in shown.faults]
        return [
            diagnosed if diagnosed.breaks in failed else msgspec.structs.replace(diagnosed, breaks=failed[0])
            for diagnosed in diagnosis
        ]

    def _convention(self, shown: Comparison, diagnosis: list[Diagnosed], rivals: list[Comparison]) -> Text | None:
        """The convention that is followed, as far as that can be told: of two that fit as well neither is named."""
        properties = self._loaded.properties
        worth = shown.worth(properties)
        decided = bool(diagnosis) or all(rival.may_be_worth(properties) < worth for rival in rivals)
        return shown.convention.title if decided or not shown.faults else None

    def _result(
        self, comparison: Comparison, diagnosis: list[Diagnosed], rivals: list[Comparison], *, script: bool
    ) -> GradeResult:
        properties = self._loaded.properties
        if (
            comparison.unwritten
            and not self._admitted.begun
            and not any(comparison.held(property_.id) for property_ in properties)
            and all(standing.status == "passed" for standing in self._standings)  # or it may be they that raise it
        ):
            return self._without_points("not_started", both("nothing in it is written yet"), self._tier)
        titles = {property_.id: property_.grading.title for property_ in properties}
        results = [self._property(property_, comparison, titles) for property_ in properties]
        held = [property_ for property_ in properties if comparison.held(property_.id)]
        passed = all(property_ in held for property_ in self._loaded.graded)
        if passed:
            self._loaded.passes.remember(self._submission, self._admitted.companions)
        return GradeResult(
            self._exercise.id, "passed" if passed else "failed", self._loaded.drawing.seed, self._tier,
            self._submission.name, self._submission.sha256, self._points(properties), self._points(held), results,
            self._convention(comparison, diagnosis, rivals), debug_script=self._script(comparison) if script else None,
            diagnosis=diagnosis, prerequisites=self._standings, notes=self._notes,
        )  # fmt: skip

    def _script(self, comparison: Comparison) -> str | None:
        """A script that reproduces the first failure: a convenience, whose failing is a note and no more."""
        shown = next((property_ for property_ in self._loaded.properties if property_.id in comparison.faults), None)
        if shown is None:
            return None
        try:
            reference = comparison.convention.reference
            return debugging.script(shown, comparison.faults[shown.id], reference, self._admitted, self._exercise)
        except Exception as error:  # whatever it is, the verdict stands without it
            self._notes.append(both("no script for the debugger could be made: {error}", error=described(error)))
            return None

    def _property(self, property_: Property, comparison: Comparison, titles: dict[str, Text]) -> PropertyResult:
        grading = property_.grading
        fault, unmet = comparison.faults.get(property_.id), comparison.blocked.get(property_.id)
        failure = fault.failure if fault else None
        status: PropertyStatus = _STATUS[fault.kind] if fault else "blocked" if unmet else "passed"
        while unmet in comparison.blocked:  # what has to be mended is at the end
            unmet = comparison.blocked[unmet]
        if unmet:
            failure = Failure(both("cannot be checked until this holds: {title}", title=titles[unmet]))
        worth = self._points([property_])
        earned = worth if status == "passed" else 0.0
        return PropertyResult(property_.id, grading.title, status, earned, worth, grading.star, failure)

    def _points(self, properties: Sequence[Property]) -> float:
        """What properties are worth together: exact, then rounded half up to two decimals once."""
        exact = self._scale * sum(Fraction(property_.grading.points) for property_ in properties)
        return float(Fraction((exact * 100 + Fraction(1, 2)).__floor__(), 100))

    def _without_points(self, status: SubmissionStatus, problem: Text, tier: str, shown: str = "") -> GradeResult:
        """A verdict on the whole file: every property listed, none earned."""
        properties = self._loaded.properties
        results = [
            PropertyResult(
                property_.id, property_.grading.title, "blocked", 0.0, self._points([property_]), property_.grading.star
            )
            for property_ in properties
        ]
        return GradeResult(
            self._exercise.id, status, self._loaded.drawing.seed, tier, self._submission.name,
            self._submission.sha256, self._points(properties), 0.0, results, problem=problem, traceback=shown,
            prerequisites=self._standings, notes=self._notes,
        )  # fmt: skip
