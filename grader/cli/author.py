"""`grade author`: what those who write exercises need."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import click

from grader.cli.app import LANG, ExerciseName, common_options, find_course, find_exercise
from grader.cli.exercise import cache_folder
from grader.judge.proof.scheduling import Prover
from grader.text import translations

_ = translations(LANG).gettext


@click.group("author", help=_("For those who write exercises: begin one, prove that its checks are worth something."))
def author_command() -> None:
    """Commands for authors."""


@author_command.command("check", help=_("Prove exercises: those named, or all of them."))
@click.argument("names", metavar="[NAME]...", nargs=-1, type=ExerciseName())
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
@click.option("--fresh", is_flag=True, help=_("Prove everything again, whatever was proved before."))
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", help=_("How to print the report.")
)
@common_options
def check_command(  # noqa: PLR0913, RUF100  # one parameter per option
    names: Sequence[str], seeds: int, cases: int, jobs: int, fresh: bool, form: str, course: Path | None,  # noqa: FBT001  # click passes by name
    lang: str | None,  # noqa: ARG001  # --lang was read before click
) -> None:  # fmt: skip
    """Prove and report; exit with 1 when anything falls short."""
    from grader.report.proof import print_proof, print_table
    from grader.report.text import make_console

    opened = find_course(course)
    chosen = [find_exercise(opened, name) for name in names] or list(opened.exercises)
    console = make_console()
    prover = Prover(opened, seeds=seeds, cases=cases, jobs=jobs, cache=None if fresh else cache_folder())
    if form == "text":
        proofs = prover.prove(chosen, lambda one: print_proof(one, console, lang=LANG))
        print_table(proofs, console, lang=LANG)
    else:
        proofs = prover.prove(chosen, lambda _proof: None)
