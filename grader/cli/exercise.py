"""`grade exercise`: grade what was written."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from grader.cli.app import (
    EXIT_GRADER_ERROR,
    EXIT_NOT_PASSED,
    LANG,
    common_options,
    complete_exercise,
    fail,
    find_course,
    find_exercise,
    note,
)
from grader.cli.study import next_exercise
from grader.course import Course, Exercise
from grader.judge.explain.scripts import is_in_the_way, target
from grader.progress import Progress
from grader.report.model import Report, to_json
from grader.session import Session
from grader.text import both, translations

_ = translations(LANG).gettext


@click.command("exercise", help=_("Grade exercises: those named, or the next unfinished one."))
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_exercise)
@click.option(
    "--submission", type=click.Path(path_type=Path), help=_("Grade this file instead of the one in exercises/.")
)
@click.option(
    "--companions",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help=_("Where the same person's other exercises lie, as TRACK/NAME.py (with --submission)."),
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
    names: Sequence[str], submission: Path | None, companions: Path | None, form: str, seed: int, cases: int,
    everything: bool, debug: bool, verbose: bool,  # noqa: FBT001  # click passes by name
    course: Path | None, lang: str | None,  # noqa: ARG001  # --lang was read before click
) -> None:  # fmt: skip
    """Grade and report."""
    opened = find_course(course)
    if course is None and opened.is_elsewhere and submission is None:
        fail(
            both("you are not in a course folder: cd to yours, make one with `grade start DIR`, or name a --submission")
        )
    chosen = _choose(opened, names, everything=everything)
    _check_files(chosen, submission, companions, debug=debug)
    reports: list[Report] = []
    with Session(opened, lang=LANG, seed=seed, cases=cases) as session:
        for exercise in chosen:
            graded = session.grade_file(exercise, submission, companions=companions, script=debug)
            reports.append(graded.report)
            if form == "text":
                _print_text(graded.report, verbose=verbose)
            elif exercise is chosen[-1]:
                sys.stdout.buffer.write(to_json(reports) + b"\n")
                sys.stdout.buffer.flush()
            trouble = session.remember(graded)  # a verdict is shown before anything is stored
            if trouble is not None:
                note(trouble)
    raise SystemExit(exit_code(reports))


def exit_code(reports: Sequence[Report]) -> int:
    """0 if all passed, 3 if the grader failed on one, else 1."""
    if any(report.status == "grader_error" for report in reports):
        return EXIT_GRADER_ERROR
    return 0 if all(report.status == "passed" for report in reports) else EXIT_NOT_PASSED


def _check_files(chosen: Sequence[Exercise], submission: Path | None, companions: Path | None, *, debug: bool) -> None:
    """What is wrong with files that were named is told before anything is graded."""
    if submission is not None and len(chosen) != 1:
        fail(both("--submission goes with exactly one exercise, got {count}", count=len(chosen)))
    if submission is not None and not os.path.lexists(submission):
        fail(both("there is no file {path}", path=submission))
    if companions is not None and submission is None:
        fail(both("--companions goes with --submission"))
    if companions is not None and not companions.is_dir():
        fail(both("there is no folder {path}", path=companions))
    for path in [target(exercise) for exercise in chosen] if debug else []:
        if is_in_the_way(path):
            fail(both("{path} is not a script of ours; move it away, or leave --debug out", path=path))


def _choose(course: Course, names: Sequence[str], *, everything: bool) -> list[Exercise]:
    if everything:
        if names:
            fail(both("give names or --all, not both"))
        return list(course.exercises)
    if names:
        return [find_exercise(course, name) for name in names]
    following = next_exercise(course, Progress.of(course).best())
    if following is None:
        click.echo(_("Everything is passed. Well done!"))
        raise SystemExit(0)
    return [following]


def _print_text(report: Report, *, verbose: bool) -> None:
    from grader.report.text import make_console, render

    render(report, make_console(), lang=LANG, verbose=verbose)
