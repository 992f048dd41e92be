"""A session: one learner (or teacher) at work in one course, with one warm judge. Every front end is built on it.

It takes texts and gives reports. It imports neither click nor torch, and prints nothing.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from grader.course import Course, Exercise
from grader.judge.client import Judge, JudgeDied
from grader.judge.closing import Closing
from grader.judge.entry.admission import Find, NotStarted, admit
from grader.judge.entry.companions import PACKAGE
from grader.judge.entry.submission import InvalidSubmission, Submission, nameable, read_submission
from grader.judge.explain import scripts
from grader.judge.requests import GradeRequest, path_bytes
from grader.judge.results import GradeResult, SubmissionStatus, described, whereabouts
from grader.progress import Progress, ProgressError
from grader.report.model import Hint, Report, build, failing
from grader.text import Text, both


def cache_folder() -> Path:
    """Where case banks, passes and proofs are kept."""
    return platformdirs.user_cache_path("gradlings")


@dataclass(frozen=True, slots=True)
class Graded:
    """A report, and whether it is about the learner's own file in the course: only that is progress."""

    report: Report
    own: bool


class Session(Closing):
    """Grades texts for exercises of a course; the judge is started when the first one really has to run.

    A judge that dies is replaced, and costs the submission in hand one more try. Use it as a context: nothing of it is
    left afterwards.
    """

    def __init__(
        self, course: Course, *, lang: str, seed: int = 0, cases: int = 100, cache: Path | None = None
    ) -> None:
        self.course, self.lang, self.progress = course, lang, Progress.of(course)
        self._seed, self._cases, self._cache = seed, cases, cache or cache_folder()
        self._judge: Judge | None = None

    def grade_file(
        self, exercise: Exercise, path: Path | None = None, *, companions: Path | None = None, script: bool = False
    ) -> Graded:
        """Grade a file, by default the learner's own in the course.

        What it imports of the course is looked for in the same learner's tree (see `tree_of`), or in the folder
        `companions`, which holds files as `<track>/<name>.py` or `exercises/<track>/<name>.py`.
        """
        own = path is None or (path.exists() and exercise.stub.exists() and path.samefile(exercise.stub))
        path = exercise.stub if path is None else path
        try:
            if own and not os.path.lexists(path):
                raise _missing(exercise)
            submission = read_submission(path)
        except InvalidSubmission as error:
            refused = self._refused(exercise, nameable(str(path)), "", "invalid", error.text)
            return Graded(self._report(refused, exercise), own)
        find: Find = self._find_own if own else finder_in(companions or tree_of(self.course, path))
        return Graded(self.grade(exercise, submission, find, script=script), own)

    def _find_own(self, exercise: Exercise) -> Submission:
        """The learner's own file of another exercise; a lost one is theirs to bring back."""
        found = finder_in(self.course.root / PACKAGE)(exercise)
        if found is None:
            raise _missing(exercise)
        return found

    def grade(self, exercise: Exercise, submission: Submission, find: Find, *, script: bool = False) -> Report:
        """Grade a text. `find` gives the same learner's texts of the exercises that it imports.

        With `script`, one that reproduces the first failure is written into the folder that one is in.
        """
        name, sha256 = submission.name, submission.sha256
        try:
            admitted = admit(self.course, exercise, submission, find)
        except NotStarted:
            text = both("this is still the untouched stub")
            result = self._refused(exercise, name, sha256, "not_started", text)
        except InvalidSubmission as error:
            result = self._refused(exercise, name, sha256, "invalid", error.text, error.traceback)
        except Exception as error:  # a boundary: whatever it is, it is told and costs this submission alone
            problem, where = described(error), whereabouts(error)
            result = self._refused(exercise, name, sha256, "grader_error", problem, where)
        else:
            request = GradeRequest(
                path_bytes(self.course.root) or b"", exercise.id, admitted, self._seed, self._cases,
                script=script, cache=path_bytes(self._cache),
            )  # fmt: skip
            result = self._asked(request, exercise)
        notes = [note for note in (submission.note, *result.notes) if note is not None]
        place = None
        if result.debug_script is not None:
            try:
                place = nameable(str(scripts.store(result.debug_script, exercise)))
            except OSError as error:
                notes.append(_not_written(scripts.target(exercise), error))
        return self._report(result, exercise, notes=notes, script=place)

    def _asked(self, request: GradeRequest, exercise: Exercise) -> GradeResult:
        """The judge's verdict; if two judges in a row die of it, that is a verdict on us."""
        submission = request.admitted.submission
        problem: Text = {}
        for _ in range(2):
            try:
                self._judge = self._judge or Judge()
                result = self._judge.ask(request)
                assert isinstance(result, GradeResult)  # noqa: S101  # what a grade request is answered with
                return result
            except JudgeDied as error:
                problem = error.text
                self.close()
        return self._refused(exercise, submission.name, submission.sha256, "grader_error", problem)

    def _refused(
        self, exercise: Exercise, name: str, sha256: str, status: SubmissionStatus, problem: Text, shown: str = ""
    ) -> GradeResult:
        """The verdict on what did not run."""
        return GradeResult(
            exercise.id, status, self._seed, "none", name, sha256, exercise.points, problem=problem, traceback=shown
        )

    def _report(
        self, result: GradeResult, exercise: Exercise, *, notes: list[Text] | None = None, script: str | None = None
    ) -> Report:
        """The report in the reader's language, with the hint for what fails first: the last that was shown, or one."""
        failed = failing(result.properties)
        property_, hints = exercise.about.hints_for(failed)
        stopped = {each.id for each in result.properties if each.status in ("crashed", "timeout")}
        if failed and failed[0] in stopped:
            hints = ()  # none is about that
        level = min(max(self.progress.hint_level(exercise.id, property_), 1), len(hints))
        shown = Hint(level, hints[level - 1].text[self.lang], more=level < len(hints)) if hints else None
        return build(
            result, title=exercise.title, lang=self.lang, hint=shown, notes=notes or [], script=script,
            worth=exercise.points,
        )  # fmt: skip

    def remember(self, graded: Graded) -> Text | None:
        """Store an attempt, after its verdict has been shown; a note if that cannot be done."""
        report = graded.report
        if not graded.own or report.status not in ("passed", "failed"):
            return None
        try:
            self.progress.record(
                report.exercise, status=report.status, score=report.score, max_score=report.max_score,
                stars=report.stars, max_stars=report.max_stars, sha256=report.submission.sha256, seed=self._seed,
                failing=failing(report.properties),
            )  # fmt: skip
        except ProgressError as error:
            return error.text
        return None

    def close(self) -> None:
        """End the judge, whatever it is at."""
        judge, self._judge = self._judge, None
        if judge is not None:
            judge.close()


def _missing(exercise: Exercise) -> InvalidSubmission:
    path = nameable(str(exercise.stub))
    text = both("{path} is not there; `grade reset {name}` brings the stub back", path=path, name=exercise.name)
    return InvalidSubmission(text)


def _not_written(path: Path, error: OSError) -> Text:
    if error.errno == errno.ENOSPC:
        return both("the script {path} cannot be written: the disk is full", path=nameable(str(path)))
    return both(
        "the script {path} cannot be written: {error}; run from a folder that you may write to",
        path=nameable(str(path)), error=error.strerror or error,
    )  # fmt: skip


def tree_of(course: Course, path: Path) -> Path | None:
    """The tree of files `<track>/<name>.py` that belongs to whoever handed in this file; None where nobody knows.

    That is the folder `exercises` that the file lies in, as `exercises/<track>/<name>.py`, or one that lies beside it;
    never the course's own, which is the teacher's work, unless the file is in it. A reference goes with references.
    A flat folder belongs to no single learner.
    """
    path = path.absolute()
    above = path.parents[1] if len(path.parents) > 1 else None
    if above is not None and (above.name == PACKAGE or above == course.hidden / "solutions"):
        return above
    beside = path.parent / PACKAGE
    return beside if beside.is_dir() and beside != course.root / PACKAGE else None


def finder_in(tree: Path | None) -> Find:
    """Finds texts of exercises in a tree. No link leads out of it."""

    def find(exercise: Exercise) -> Submission | None:
        if tree is None:
            return None
        for folder in (tree, tree / PACKAGE):
            path = folder / exercise.track / f"{exercise.name}.py"
            if path.is_symlink() or (path.is_file() and path.resolve() == tree.resolve() / path.relative_to(tree)):
                return read_submission(path)  # which refuses a link
        return None

    return find
