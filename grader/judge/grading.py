"""Grades one submission of one exercise: validity, properties, conventions, score."""

from __future__ import annotations

import ast
import contextlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

import grader
from grader import wire
from grader.course import Course, CourseError, Exercise, open_course
from grader.judge.bank.banks import bank_for
from grader.judge.bank.loading import Property, Reference, load_properties, reference
from grader.judge.bank.passes import Passes
from grader.judge.bank.recording import Bank
from grader.judge.entry.companions import Prerequisite, prerequisites, solutions_behind
from grader.judge.entry.submission import (
    InvalidSubmission,
    Submission,
    check_forbidden,
    code_frame,
    forbidden_text,
    is_untouched,
    parse,
    read_submission,
    uses_torch_optimizers,
)
from grader.judge.explain import debugging, scripts
from grader.judge.explain.diagnosis import Diagnoser
from grader.judge.results import (
    Diagnosed,
    Failure,
    GradeRequest,
    GraderError,
    GradeResult,
    PropertyResult,
    PropertyStatus,
    Standing,
    SubmissionStatus,
)
from grader.judge.trying.attempt import Attempt, best_first
from grader.judge.trying.trial import Fault, first_fault, replay, shrink, traceback
from grader.judge.workers.deadlines import Budget
from grader.judge.workers.forking import ForkServer
from grader.judge.workers.worker import ForbiddenReached, Worker, WorkerFailure, WorkerPool
from grader.text import Text, both
from grader.worker.sandbox import readable_paths

_STATUS: dict[str, PropertyStatus] = {
    "mismatch": "failed", "raised": "failed", "not_implemented": "failed", "crashed": "crashed", "timeout": "timeout"
}  # fmt: skip


class Grader:
    """Grades submissions of one exercise; properties and banks are loaded once."""

    def __init__(
        self, server: ForkServer, course: Course, exercise: Exercise, *, seed: int, cases: int, cache: Path | None
    ):
        self._server, self._course, self.exercise = server, course, exercise
        self._seed, self._cases, self._cache = seed, cases, cache
        self.passes = Passes(exercise, seed=seed, cases=cases, cache=cache)
        self.properties = load_properties(exercise.properties)
        hidden = [
            course.hidden / "solutions", course.hidden / "tests", course.root / ".gradlings",
            Path(grader.__file__).parent, *([cache] if cache else []),
        ]  # fmt: skip
        self._readable = readable_paths(hidden)
        self._banks: dict[str, Bank] = {}
        self._diagnosers: dict[str, Diagnoser] = {}
        answers = exercise.answers
        default = answers.default_convention.text if answers.default_convention else None
        self.conventions = [(reference(exercise), default)] + [
            (reference(exercise, convention.edits, convention.id), convention.title.text)
            for convention in answers.conventions
        ]

    def bank(self, one: Reference) -> Bank:
        """The bank under a convention."""
        if one.id not in self._banks:
            exercise = self.exercise
            self._banks[one.id] = bank_for(
                self.properties,
                one,
                seed=self._seed,
                cases=self._cases,
                sources=[exercise.properties, *solutions_behind(exercise)],
                cache=self._cache,
            )
        return self._banks[one.id]

    def diagnoser(self, one: Reference) -> Diagnoser:
        """Knows the misconceptions under a convention."""
        if one.id not in self._diagnosers:
            self._diagnosers[one.id] = Diagnoser(self.exercise, self.properties, one, self.bank(one))
        return self._diagnosers[one.id]

    def pool(self, budget: Budget, load: wire.Load) -> WorkerPool:
        """Workers for a text, locked in away from this course."""
        return WorkerPool(self._server, self._readable, budget, load)

    def grade_text(self, source: str) -> GradeResult:
        """The verdict on a text, as if it were a file that somebody handed in who has solved all other exercises."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"{self.exercise.name}.py"
            path.write_text(source, encoding="utf-8")
            return self.grade(path, workspace=self._course.hidden / "solutions")

    def load(self, submission: Submission, needed: list[Prerequisite]) -> wire.Load:
        """What a worker is to execute."""
        companions = [wire.Companion(one.module, str(one.submission.path), one.submission.source) for one in needed]
        guarded = [rule.name for rule in self.exercise.about.forbidden]
        required = list(self.exercise.required)
        if any("scipy" in source for source in (submission.source, *(one.source for one in companions))):
            self._server.preload("scipy.optimize")  # 0.3 s, which every worker would spend again behind the lock
        return wire.Load(submission.source, str(submission.path), required, guarded, companions)

    def needed(self, submission: Submission, tree: ast.Module, workspace: Path | None = None) -> list[Prerequisite]:
        """The earlier exercises that a submission imports: its neighbours, else those of the workspace."""
        return prerequisites(
            self._course, self.exercise, submission, tree, workspace or self._course.root / "exercises"
        )

    def standings(self, needed: list[Prerequisite], workspace: Path | None) -> list[Standing]:
        """How the earlier exercises stand, graded as quickly as that can be told."""
        return [
            Standing(one.exercise.id, one.exercise.title, str(one.submission.path), self._standing(one, workspace))
            for one in needed
        ]

    def _standing(self, one: Prerequisite, workspace: Path | None) -> SubmissionStatus:
        passes = Passes(one.exercise, seed=self._seed, cases=self._cases, cache=self._cache)
        folder = workspace or self._course.root / "exercises"
        with contextlib.suppress(InvalidSubmission):  # then grading says what is wrong
            behind = prerequisites(self._course, one.exercise, one.submission, parse(one.submission), folder)
            if passes.know(one.submission, behind):
                return "passed"
        other = Grader(self._server, self._course, one.exercise, seed=self._seed, cases=self._cases, cache=self._cache)
        return other.grade(one.submission.path, thorough=False, workspace=workspace, alone=True).status

    def grade(
        self, path: Path, *, debug: Callable[[str], str] | None = None, thorough: bool = True,
        workspace: Path | None = None, alone: bool = False, smallest: bool = True,
    ) -> GradeResult:  # fmt: skip
        """The verdict on a file. `debug` stores the text of a script and says where.

        `workspace` holds the learner's other exercises; how those stand that are imported is told too, unless `alone`.
        Not `thorough`, nothing is shrunk and the first graded property that fails ends the search: the status is right,
        the score an upper bound. That is what proving misconceptions wrong by the hundred needs. Without `smallest`,
        what fails is shown on the input on which it failed first, and all else is as usual.
        """
        started = time.monotonic()
        run = _Run(self, path, thorough, workspace, alone, smallest)
        result = run.verdict(debug)
        return msgspec.structs.replace(result, duration_s=round(time.monotonic() - started, 3))


def diagnose(grader: Grader, attempts: list[Attempt]) -> list[Diagnosed]:
    """Which misconception explains everything, under the convention that is followed best or else another.

    Where a worker was stopped, its code has said too little.
    """
    graded = {one.id for one in grader.properties if not one.grading.star}
    for attempt in attempts:
        kinds = {fault.kind for name, fault in attempt.faults.items() if name in graded}
        if kinds and not kinds & {"crashed", "timeout"}:
            found = grader.diagnoser(attempt.reference).diagnose(attempt.trials)
            if found:
                return found
    return []


class _Run:
    """One submission being graded."""

    def __init__(
        self, grader: Grader, path: Path, thorough: bool, workspace: Path | None, alone: bool, smallest: bool  # noqa: FBT001  # internal
    ) -> None:  # fmt: skip
        self._grader, self._path, self._thorough = grader, path, thorough
        self._smallest = thorough and smallest
        self._workspace, self._alone = workspace, alone
        self._needed: list[Prerequisite] = []
        self._standings: list[Standing] = []
        self._exercise = grader.exercise
        self._properties = grader.properties
        self._budget = Budget(self._exercise.about.limits)
        self._tier = "none"
        self._sha256 = ""
        self._stuck: Fault | None = None
        self._hung = False
        self._ended: dict[str, Fault] = {}

    def verdict(self, debug: Callable[[str], str] | None) -> GradeResult:
        try:
            submission = read_submission(self._path)
            self._sha256 = submission.sha256
            tree = parse(submission)
            if is_untouched(tree, self._exercise):
                return self._without_points("not_started", both("this is still the untouched stub"))
            check_forbidden(tree, self._exercise.about.forbidden)
            needed = self._needed = self._grader.needed(submission, tree, self._workspace)
            if any(uses_torch_optimizers(one) for one in [tree, *(parse(other.submission) for other in needed)]):
                self._grader._server.preload("torch._dynamo")
            if not self._alone:
                self._standings = self._grader.standings(needed, self._workspace)
            return self._judge(submission, debug)
        except InvalidSubmission as error:
            return self._without_points("invalid", error.text, error.traceback)
        except ForbiddenReached as error:
            rule = next(rule for rule in self._exercise.about.forbidden if rule.name == error.name)
            return self._without_points("invalid", forbidden_text(rule, error.name))
        except (GraderError, CourseError) as error:
            return self._without_points("grader_error", both("{error}", error=error))

    def _judge(self, submission: Submission, debug: Callable[[str], str] | None) -> GradeResult:
        pool = self._grader.pool(self._budget, self._grader.load(submission, self._needed))
        pool.warm()
        try:
            attempts = self._try_conventions(pool, submission)
            if self._smallest:
                self._shrink(attempts[0], pool, submission)
        finally:
            pool.close()
        diagnosis = diagnose(self._grader, attempts) if self._thorough else []
        result = self._result(attempts[0], submission, diagnosis, debug)
        if result.status == "passed":
            self._grader.passes.remember(submission, self._needed)
        return result

    def _try_conventions(self, pool: WorkerPool, submission: Submission) -> list[Attempt]:
        """Under the first convention, and only if that does not do, under the others; the best comes first."""
        attempts: list[Attempt] = []
        for one, title in self._grader.conventions:
            attempt = Attempt(one, title)
            bank = self._grader.bank(one)
            for position, prop in enumerate(self._properties):
                self._try(prop, attempt, bank, pool, submission, more=position + 1 < len(self._properties))
                if not self._thorough and prop.id in attempt.faults and not prop.grading.star:
                    break
            attempts.append(attempt)
            if (
                not attempt.faults
                or self._stuck
                or all(fault.kind == "not_implemented" for fault in attempt.faults.values())
            ):
                break
        return best_first(attempts, self._properties)

    def _try(
        self, one: Property, attempt: Attempt, bank: Bank, pool: WorkerPool, submission: Submission, *, more: bool
    ) -> None:
        unmet = attempt.unmet(one)
        if unmet is not None:
            attempt.blocked[one.id] = unmet
            return
        if self._stuck is not None or one.id in self._ended:
            attempt.faults[one.id] = self._stuck or self._ended[one.id]
            return
        worker = pool.take(more=more)
        try:
            self._check_load(worker, submission)
            # For the diagnosis, which leaves stars out; code that hangs once would hang again and again.
            onwards = self._thorough and not one.grading.star and not self._hung
            trials = replay(one, bank[one.id], worker, attempt.reference, submission.source, onwards=onwards)
            attempt.trials[one.id] = trials
            fault = first_fault(trials)
            self._hung = self._hung or any(
                trial.fault is not None and trial.fault.kind == "timeout" for trial in trials
            )
        except WorkerFailure as error:
            kind = "timeout" if error.kind == "timeout" else "crashed"
            frames = error.reply.frames if error.reply else []
            text = both("while the file was being loaded, {why}", why=error.text)
            fault = self._stuck = Fault(kind, kind, Failure(text, traceback=traceback(frames, submission.source)))  # type: ignore[arg-type]  # one of two kinds
        finally:
            worker.end()
        if fault is not None:
            attempt.faults[one.id] = fault
            if fault.kind in ("crashed", "timeout"):
                self._ended[one.id] = fault  # which another convention would not change

    def _check_load(self, worker: Worker, submission: Submission) -> None:
        reply = worker.start()
        self._tier = worker.tier
        if isinstance(reply, wire.Raised):
            name = reply.bases[0] if reply.bases else "BaseException"
            text = both(
                "{path} does not load: {error}: {message}", path=submission.path, error=name, message=reply.message
            )
            line = reply.frames[-1].line if reply.frames else 0
            raise InvalidSubmission(text, code_frame(submission.source, line) if line else "")
        missing = reply.value.items if isinstance(reply.value, wire.Items) else []
        if missing:
            names = ", ".join(str(name) for name in missing)
            raise InvalidSubmission(both("{path} does not define {names}", path=submission.path, names=names))

    def _shrink(self, attempt: Attempt, pool: WorkerPool, submission: Submission) -> None:
        """Look for smaller inputs for what failed; crashes and timeouts stay as they are."""

        def renew() -> Worker | None:
            worker = pool.take()
            try:
                self._check_load(worker, submission)
            except (WorkerFailure, InvalidSubmission):
                worker.end()
                return None  # it loaded before: what was found then stands, no smaller input is looked for
            return worker

        for one in self._properties:
            fault = attempt.faults.get(one.id)
            if fault is None or fault.final:
                continue
            attempt.faults[one.id] = shrink(
                one, fault, attempt.reference, submission.source, seed=self._grader._seed, cases=self._grader._cases,
                renew=renew, spent=self._budget.over, restarts=0 if self._hung else 2,
            )  # fmt: skip

    def _result(
        self, attempt: Attempt, submission: Submission, diagnosis: list[Diagnosed],
        debug: Callable[[str], str] | None,
    ) -> GradeResult:  # fmt: skip
        faults = attempt.faults
        if (
            faults
            and not any(attempt.held(one.id) for one in self._properties)
            and all(fault.kind == "not_implemented" for fault in faults.values())
            and all(one.status == "passed" for one in self._standings)  # or it may be they that raise it
        ):
            return self._without_points("not_started", both("everything in it still raises NotImplementedError"))
        titles = {one.id: one.grading.title for one in self._properties}
        results = [self._property(one, attempt, titles) for one in self._properties]
        graded = [one for one in self._properties if not one.grading.star]
        passed = all(attempt.held(one.id) for one in graded)
        script = None
        if (
            debug is not None
            and (shown := next((one for one in self._properties if one.id in faults), None)) is not None
        ):
            script = debug(
                debugging.script(shown, faults[shown.id], attempt.reference, submission, self._needed, self._exercise)
            )
        return GradeResult(
            self._exercise.id, "passed" if passed else "failed", self._grader._seed, self._tier, str(submission.path),
            self._sha256, results, attempt.title, debug_script=script, diagnosis=diagnosis,
            prerequisites=self._standings,
        )  # fmt: skip

    def _property(self, one: Property, attempt: Attempt, titles: dict[str, Text]) -> PropertyResult:
        grading = one.grading
        fault, unmet = attempt.faults.get(one.id), attempt.blocked.get(one.id)
        failure = fault.failure if fault else None
        status: PropertyStatus = _STATUS[fault.kind] if fault else "blocked" if unmet else "passed"
        if unmet:
            failure = Failure(both("cannot be checked until this holds: {title}", title=titles[unmet]))
        points = grading.points if status == "passed" else 0.0
        return PropertyResult(one.id, grading.title, status, points, grading.points, grading.star, failure)

    def _without_points(self, status: str, problem: Text, shown: str = "") -> GradeResult:
        """A verdict on the whole file: every property listed, none earned."""
        results = [
            PropertyResult(one.id, one.grading.title, "blocked", 0.0, one.grading.points, one.grading.star)
            for one in self._properties
        ]
        return GradeResult(
            self._exercise.id, status, self._grader._seed, self._tier, str(self._path), self._sha256, results,  # type: ignore[arg-type]  # one of the statuses
            problem=problem, traceback=shown, prerequisites=self._standings,
        )  # fmt: skip


def grade(server: ForkServer, request: GradeRequest) -> GradeResult:
    """Grade as a request asks, from scratch. Whatever goes wrong on our side is a verdict on us."""
    try:
        course = open_course(Path(request.course))
        exercise = course.find(request.exercise)
        cache = Path(request.cache) if request.cache else None
        grader = Grader(server, course, exercise, seed=request.seed, cases=request.cases, cache=cache)
    except (GraderError, CourseError) as error:
        return GradeResult(
            request.exercise,
            "grader_error",
            request.seed,
            "none",
            request.submission,
            "",
            problem=both("{error}", error=error),
        )
    store = (lambda text: scripts.store(text, exercise)) if request.debug else None
    return grader.grade(Path(request.submission), debug=store)
