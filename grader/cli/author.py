"""`grade author`: what those who write exercises need."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from grader.cli.app import (
    EXIT_NOT_PASSED,
    LANG,
    common_options,
    complete_exercise,
    fail,
    find_course,
    find_exercise,
    near,
)
from grader.course import SYLLABUS
from grader.formats import CourseError
from grader.judge.proof.scheduling import Prover
from grader.session import cache_folder
from grader.text import translations

_ = translations(LANG).gettext


@click.group("author", help=_("For those who write exercises: begin one, prove that its checks are worth something."))
@common_options
def author_command(course: Path | None, lang: str | None) -> None:
    """Commands for authors; --course and --lang said here are theirs."""


@author_command.command("new", help=_("Write the five files of a new exercise, with a small example that works."))
@click.argument("name")
@click.option("--track", required=True, help=_("The track that it belongs to."))
@common_options
def new_command(name: str, track: str, course: Path | None, lang: str | None) -> None:  # noqa: ARG001  # --lang was read before click
    """Write them and say what to edit in which order."""
    from grader.authoring import create

    opened = find_course(course)
    try:
        exercise = create(opened, name, track)
    except CourseError as error:
        fail(error.text)
    check = f"grade author check {exercise.name} --seeds 1 --mutants 8"
    tests = f"pytest {near(exercise.properties)}"
    steps = (
        (
            exercise.stub, _("the statement: what flows where, with shapes; the contract; an example by hand"),
            f"grade exercise {exercise.name}",
        ),
        (
            exercise.solution, _("the reference: the shortest code that a good teacher would put on the board"),
            f"grade exercise {exercise.name} --submission {near(exercise.solution)}",
        ),
        (exercise.answers_file, _("ten ways in which people get it wrong, each with an explanation and a hint"), check),
        (exercise.properties, _("the properties, from plain to deep; their points add up to 10"), tests),
        (
            exercise.about_file, _("title, section, hints in stages for what fails, forbidden names"),
            f"grade hint {exercise.name} --all",
        ),
    )  # fmt: skip
    click.echo(_("{name} is a small exercise that works already. Edit, in this order:").format(name=exercise.id))
    for number, (path, what, command) in enumerate(steps, start=1):
        click.echo(f"  {number}. {near(path)}\n     {what}\n     $ {command}")
    click.echo(_("What it builds on is said in {path} (requires = [...]).").format(path=near(opened.root / SYLLABUS)))
    click.echo(_("Prove it whenever you like: grade author check {name}").format(name=exercise.name))


@author_command.command("check", help=_("Prove exercises: those named, or all of them."))
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_exercise)
@click.option("--seeds", type=click.IntRange(1, 1000), default=20, help=_("Under how many seeds (default 20)."))
@click.option(
    "--cases", type=click.IntRange(1, 10_000), default=100, help=_("How many cases per property (default 100).")
)
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=os.cpu_count() or 1,
    help=_("How many processes (default: one per core)."),
)
@click.option(
    "--mutants",
    type=click.IntRange(min=1),
    help=_("Try a spread of at most so many mutants per exercise (default all)."),
)
@click.option("--fresh", is_flag=True, help=_("Prove everything again, whatever was proved before."))
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help=_("How to print the report.")
)
@common_options
def check_command(  # noqa: PLR0913, RUF100  # one parameter per option
    names: Sequence[str], seeds: int, cases: int, jobs: int, mutants: int | None,
    fresh: bool, form: str, course: Path | None,  # noqa: FBT001  # click passes by name
    lang: str | None,  # noqa: ARG001  # --lang was read before click
) -> None:  # fmt: skip
    """Prove and report; exit with 1 when anything falls short."""
    from grader.report.proof import ProofPrinter, print_table, to_json
    from grader.report.text import make_console

    opened = find_course(course)
    chosen = [find_exercise(opened, name) for name in names] or list(opened.exercises)
    console = make_console()
    prover = Prover(
        opened, seeds=seeds, cases=cases, jobs=jobs, cache=cache_folder(), most_mutants=mutants, fresh=fresh
    )
    if form == "text":
        with ProofPrinter(console, lang=LANG, several=len(chosen) > 1) as printer:
            proofs = prover.prove(chosen, printer)
        print_table(proofs, console, lang=LANG)
    else:
        proofs = prover.prove(chosen)
        sys.stdout.buffer.write(to_json(proofs, lang=LANG))
    raise SystemExit(0 if all(proof.proved for proof in proofs) else EXIT_NOT_PASSED)
