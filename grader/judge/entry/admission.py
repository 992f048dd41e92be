"""What can be told of a submission without running it, and so without importing torch."""

from __future__ import annotations

from pathlib import Path

from grader.course import Exercise
from grader.judge.entry.submission import (
    InvalidSubmission,
    check_forbidden,
    is_untouched,
    nameable,
    parse,
    read_submission,
)
from grader.judge.results import GradeRequest, GradeResult
from grader.text import both


def precheck(exercise: Exercise, request: GradeRequest) -> GradeResult | None:
    """The verdict on a file that is no Python, is forbidden or is still the stub; None if it has to be run."""
    sha256 = ""

    def verdict(status: str, problem: dict[str, str], shown: str = "") -> GradeResult:
        path = nameable(request.submission)
        return GradeResult(
            exercise.id, status, request.seed, "none", path, sha256, problem=problem, traceback=shown,  # type: ignore[arg-type]  # one of the statuses
        )  # fmt: skip

    try:
        submission = read_submission(Path(request.submission))
        sha256 = submission.sha256
        tree = parse(submission)
        if is_untouched(tree, exercise):
            return verdict("not_started", both("this is still the untouched stub"))
        check_forbidden(tree, exercise.about.forbidden)
    except InvalidSubmission as error:
        return verdict("invalid", error.text, error.traceback)
    return None
