"""`grade exercise`: grade what was written."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import platformdirs

from grader.cli.app import (
    EXIT_GRADER_ERROR,
    EXIT_NOT_PASSED,
    LANG,
    common_options,
    complete_exercise,
    fail,
    find_course,
    find_exercise,
)
from grader.cli.study import next_exercise
from grader.course import Course, Exercise
from grader.judge.client import Judge
from grader.judge.entry.admission import precheck
from grader.judge.explain.scripts import is_in_the_way, target
from grader.judge.results import GradeRequest, GradeResult
from grader.progress import Progress
from grader.report.model import Hint, Report, build, to_json
from grader.text import both, translations

_ = translations(LANG).gettext


def cache_folder() -> Path:
    """Where case banks are kept."""
    return platformdirs.user_cache_path("gradlings")


@click.command("exercise", help=_("Grade exercises: those named, or the next unfinished one."))
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_exercise)
@click.option(
    "--submission", type=click.Path(path_type=Path), help=_("Grade this file instead of the one in exercises/.")
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help=_("How to print the report.")
)
@click.option("--seed", type=click.IntRange(0, 2**32 - 1), default=0, help=_("Which cases are drawn (default 0)."))
@click.option(
    "--cases", type=click.IntRange(1, 10_000), default=100, help=_("How many cases per property (default 100).")
)
@click.option("--all", "everything", is_flag=True, help=_("Grade every exercise."))
@click.option("--debug", is_flag=True, help=_("Write a script that reproduces the first failure."))
@click.option("--verbose", "-v", is_flag=True, help=_("Show the details of every failure."))
@common_options
def exercise_command(  # noqa: PLR0913, RUF100  # one parameter per option
    names: Sequence[str], submission: Path | None, form: str, seed: int, cases: int, everything: bool, debug: bool,  # noqa: FBT001  # click passes by name
    verbose: bool, course: Path | None, lang: str | None,  # noqa: ARG001, FBT001  # --lang was read before click
) -> None:  # fmt: skip
    """Grade and report."""
    opened = find_course(course)
    chosen = _choose(opened, names, everything=everything)
    if submission is not None and len(chosen) != 1:
        fail(both("--submission goes with exactly one exercise, got {count}", count=len(chosen)))
    if submission is not None and not os.path.lexists(submission):
        fail(both("there is no file {path}", path=submission))
    for path in [target(exercise) for exercise in chosen] if debug else []:
        if is_in_the_way(path):
            fail(both("{path} is not a script of ours; move it away, or leave --debug out", path=path))
    progress = Progress.of(opened)
    reports = []
    with _LazyJudge() as judge:
        for exercise in chosen:
            request = GradeRequest(
                str(opened.root), exercise.id, str(submission or exercise.stub), seed, cases, debug, str(cache_folder())
            )
            report = grade_one(judge, exercise, request, progress)
            reports.append(report)
            if form == "text":
                _print_text(report, verbose=verbose)
    if form == "json":
        _print_json(reports)
    raise SystemExit(exit_code(reports))


def grade_one(judge: _LazyJudge, exercise: Exercise, request: GradeRequest, progress: Progress) -> Report:
    """Grade one exercise and remember the attempt. What can be told without running anything is told at once."""
    result = precheck(exercise, request) or judge.grade(request)
    report = to_report(result, exercise, hint=progress.hint_level(exercise.id))
    own = request.submission == str(exercise.stub)  # a file from elsewhere is somebody else's attempt
    if own and report.status in ("passed", "failed"):
        progress.record(
            exercise.id, status=report.status, score=report.score, max_score=report.max_score, stars=report.stars,
            max_stars=report.max_stars, sha256=result.sha256, seed=result.seed,
        )  # fmt: skip
    return report


def to_report(result: GradeResult, exercise: Exercise, *, hint: int = 0) -> Report:
    """The report in the reader's language, with the last hint that was shown or the first."""
    hints = exercise.about.hints
    level = min(max(hint, 1), len(hints))
    shown = Hint(level, hints[level - 1].text[LANG]) if hints else None
    return build(result, title=exercise.title, worth=exercise.points, lang=LANG, hint=shown)


def exit_code(reports: Sequence[Report]) -> int:
    """0 if all passed, 3 if the grader failed on one, else 1."""
    if any(report.status == "grader_error" for report in reports):
        return EXIT_GRADER_ERROR
    return 0 if all(report.status == "passed" for report in reports) else EXIT_NOT_PASSED


class _LazyJudge:
    """A judge that is started when the first submission really has to run."""

    def __init__(self) -> None:
        self._judge: Judge | None = None

    def grade(self, request: GradeRequest) -> GradeResult:
        if self._judge is None:
            self._judge = Judge()
        return self._judge.grade(request)

    def __enter__(self) -> _LazyJudge:
        return self

    def __exit__(self, *_error: object) -> None:
        if self._judge is not None:
            self._judge.close()


def _choose(course: Course, names: Sequence[str], *, everything: bool) -> list[Exercise]:
    if everything:
        if names:
            fail(both("give names or --all, not both"))
        return list(course.exercises)
    if names:
        return [find_exercise(course, name) for name in names]
    following = next_exercise(course, Progress.of(course).standings())
    if following is None:
        click.echo(_("Everything is passed. Well done!"))
        raise SystemExit(0)
    return [following]


def _print_text(report: Report, *, verbose: bool) -> None:
    from grader.report.text import make_console, render

    render(report, make_console(), lang=LANG, verbose=verbose)


def _print_json(reports: Sequence[Report]) -> None:
    """One object for one exercise, an array for several."""
    objects = [to_json(report) for report in reports]
    data = objects[0] if len(objects) == 1 else b"[\n" + b",\n".join(objects) + b"\n]"
    sys.stdout.buffer.write(data + b"\n")
