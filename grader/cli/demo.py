"""`grade demo`: three shipped submissions of one exercise, graded for real."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from grader.cli.app import EXIT_GRADER_ERROR, LANG, common_options
from grader.course import bundled_root, open_course
from grader.report.text import make_console, render
from grader.session import Session
from grader.text import translations

_ = translations(LANG).gettext

EXERCISE: Final = "attention/masked_softmax"
FILES: Final = Path(__file__).parent / "demo_files"


@click.command("demo", help=_("Grade three shipped submissions: the stub, a common mistake, a right answer."))
@common_options
def demo_command(course: Path | None, lang: str | None) -> None:  # noqa: ARG001  # the demo is of the bundled course
    """Grade and show them one after the other."""
    opened = open_course(bundled_root())
    exercise = opened.find(EXERCISE)
    steps = [
        (_("1. The untouched stub"), FILES / "stub.py"),
        (_("2. A common mistake: the mask is applied after the softmax"), FILES / "mistake.py"),
        (_("3. A right answer: the book's own code"), FILES / "right.py"),
    ]
    console = make_console()
    statuses = []
    with Session(opened, lang=LANG) as session:
        for title, path in steps:
            click.echo()
            console.rule(title, align="left", style="bold")
            if path.name == "mistake.py":
                source = path.read_text(encoding="utf-8")
                click.echo()
                for line in source[source.index("def masked_softmax") :].splitlines():
                    click.echo("    " + line)
            report = session.grade_file(exercise, path).report
            render(report, console, lang=LANG, advice=False)
            statuses.append(report.status)
    click.echo(_("Your turn: `grade start my-course`, then `cd my-course && grade`."))
    if statuses != ["not_started", "failed", "passed"]:
        raise SystemExit(EXIT_GRADER_ERROR)
