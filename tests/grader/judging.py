"""Grading in this process, as a session does it through a judge."""

from pathlib import Path

from grader.judge.entry.admission import NotStarted, admit
from grader.judge.entry.submission import InvalidSubmission, read_submission, submission_of
from grader.judge.exercise import Drawing, LoadedExercise, of_references
from grader.judge.grading import grade
from grader.judge.results import GradeResult
from grader.session import finder_in, tree_of


class Judging:
    """One exercise of a course. `references` stand in for what a submission imports, unless it is told otherwise."""

    def __init__(self, server, course, name, *, seed=0, cases=20, cache=None):
        self.course, self.exercise = course, course.find(name)
        self.loaded = LoadedExercise(server, course, self.exercise, Drawing(seed, cases, cache))

    def grade(self, submitted, depth="smallest", *, references=False, tree=None, script=False):
        """The verdict on a file (a Path) or on a text."""

        def refused(status, problem=None, traceback=""):
            return GradeResult(
                self.exercise.id, status, 0, "none", str(submitted), "", self.exercise.points, problem=problem,
                traceback=traceback,
            )  # fmt: skip

        find = finder_in(tree or (tree_of(self.course, submitted) if isinstance(submitted, Path) else None))
        try:
            submission = (
                read_submission(submitted) if isinstance(submitted, Path) else submission_of(submitted, "text.py")
            )
            admitted = admit(self.course, self.exercise, submission, self.loaded.find_solution if references else find)
        except NotStarted:
            return refused("not_started", {"en": "untouched", "zh": ""})
        except InvalidSubmission as error:
            return refused("invalid", error.text, error.traceback)
        return grade(self.loaded, of_references(admitted) if references else admitted, depth, script=script)
