"""An exercise as the judge holds it: properties, conventions, banks, diagnosers, and workers opened on a text."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import grader
from grader import wire
from grader.course import Course, Exercise
from grader.formats import Limits
from grader.judge.bank.banks import bank_for
from grader.judge.bank.loading import LoadedConvention, Property, Reference, load_properties, reference
from grader.judge.bank.passes import Passes
from grader.judge.bank.recording import Bank
from grader.judge.entry.admission import Admitted
from grader.judge.entry.companions import Companion, solutions_behind
from grader.judge.entry.submission import Submission, read_submission
from grader.judge.explain.diagnosis import Diagnoser
from grader.judge.workers.deadlines import Budget
from grader.judge.workers.forking import ForkServer
from grader.judge.workers.worker import WorkerPool
from grader.worker.sandbox import readable_paths


@dataclass(frozen=True, slots=True)
class Drawing:
    """Which cases: how many per property, under which seed, and where what was drawn is kept."""

    seed: int = 0
    cases: int = 100
    cache: Path | None = None


class LoadedExercise:
    """An exercise of a course under one seed; properties and banks are loaded once.

    Raises GraderError and CourseError where its files are not what they should be.
    """

    def __init__(self, server: ForkServer, course: Course, exercise: Exercise, drawing: Drawing) -> None:
        self._server = server
        self.course, self.exercise, self.drawing = course, exercise, drawing
        self.passes = Passes(exercise, seed=drawing.seed, cases=drawing.cases, cache=drawing.cache)
        self.properties: list[Property] = load_properties(exercise.properties)
        hidden = [
            course.hidden / "solutions", course.hidden / "tests", course.root / ".gradlings",
            Path(grader.__file__).parent, *([drawing.cache] if drawing.cache else []),
            *(copy for entry in sys.path if (copy := Path(entry) / "grader").is_dir()),  # may hold a course
        ]  # fmt: skip
        self._readable = readable_paths(hidden)
        self._banks: dict[str, Bank] = {}
        self._diagnosers: dict[str, Diagnoser] = {}
        answers = exercise.answers
        default = answers.default_convention.text if answers.default_convention else None
        self.conventions = [LoadedConvention(reference(exercise), default)] + [
            LoadedConvention(reference(exercise, convention.edits, convention.id), convention.title.text)
            for convention in answers.conventions
        ]

    @property
    def graded(self) -> list[Property]:
        """The properties that are worth points."""
        return [property_ for property_ in self.properties if not property_.grading.star]

    def sibling(self, name: str) -> LoadedExercise:
        """Another exercise of the same course, under the same seed."""
        return LoadedExercise(self._server, self.course, self.course.find(name), self.drawing)

    def bank(self, reference: Reference) -> Bank:
        """The bank under a convention."""
        if reference.id not in self._banks:
            self._banks[reference.id] = bank_for(
                self.properties,
                reference,
                seed=self.drawing.seed,
                cases=self.drawing.cases,
                sources=[self.exercise.properties, *solutions_behind(self.exercise)],
                cache=self.drawing.cache,
            )
        return self._banks[reference.id]

    def diagnoser(self, reference: Reference) -> Diagnoser:
        """Knows the misconceptions under a convention."""
        if reference.id not in self._diagnosers:
            self._diagnosers[reference.id] = Diagnoser(self.exercise, self.properties, reference, self.bank(reference))
        return self._diagnosers[reference.id]

    def open(self, admitted: Admitted, limits: Limits | None = None, *, guarded: bool = True) -> WorkerPool:
        """Workers for a submission, locked in away from this course, with forbidden names `guarded`."""
        for module in admitted.preload:
            self._server.preload(module)
        submission = admitted.submission
        companions = [
            wire.Companion(companion.module, companion.submission.name, companion.submission.source)
            for companion in admitted.companions
        ]
        names = [rule.name for rule in self.exercise.about.forbidden] if guarded else []
        load = wire.Load(submission.source, submission.name, list(self.exercise.required), names, companions)
        return WorkerPool(self._server, self._readable, Budget(limits or self.exercise.about.limits), load)

    def find_solution(self, exercise: Exercise) -> Submission:
        """The reference of another exercise as a submission: what a reference that is handed in imports."""
        return read_submission(exercise.solution)


def of_references(admitted: Admitted) -> Admitted:
    """An admitted submission whose companions are references: how they stand needs no asking."""
    companions = tuple(
        Companion(companion.exercise, companion.submission, companion.needs, "passed")
        for companion in admitted.companions
    )
    return Admitted(admitted.submission, companions, admitted.preload)
