"""`grade`, `grade list`, `grade hint`: where you stand, what there is, what to think of next."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import click

from grader.cli.app import LANG, common_options, complete_exercise, find_course, find_exercise, near, note
from grader.course import Course, Exercise
from grader.progress import Best, Progress, ProgressError
from grader.text import translations

_ = translations(LANG).gettext


def next_exercise(course: Course, tried: dict[str, Best]) -> Exercise | None:
    """The first exercise in the course's order that has not been passed."""
    for exercise in course.exercises:
        best = tried.get(exercise.id)
        if best is None or best.status != "passed":
            return exercise
    return None


def _tried(progress: Progress) -> dict[str, Best]:
    """The best attempts; a note where they are there and cannot be read."""
    tried = progress.best()
    if progress.trouble is not None:
        note(progress.trouble)
    return tried


def show_progress(course: Course) -> None:
    """Print progress by track and the next step."""
    tried = _tried(Progress.of(course))
    passed = {name for name, best in tried.items() if best.status == "passed"}
    click.echo(course.syllabus.title.text[LANG])
    click.echo()
    for track in course.syllabus.tracks:
        ids = [f"{track.name}/{entry.name}" for entry in track.exercises]
        done = sum(name in passed for name in ids)
        bar = "█" * round(20 * done / max(1, len(ids)))
        click.echo(f"  {bar:░<20}  {done}/{len(ids)}  {track.title.text[LANG]}")
    click.echo()
    following = next_exercise(course, tried)
    if following is None:
        click.echo(_("Everything is passed. Well done!"))
        return
    click.echo(_("Next: {title} ({id})").format(title=following.title[LANG], id=following.id))
    click.echo(_("  edit   {path}").format(path=near(following.stub)))
    click.echo(_("  grade  grade exercise {name}").format(name=following.name))
    click.echo(_("  stuck  grade hint {name}").format(name=following.name))
    if course.is_elsewhere:
        click.echo()
        click.echo(_("You are not in a course folder: `grade start DIR` makes one to work in."))


@click.command("list", help=_("List all exercises: what you passed, what they are worth."))
@common_options
def list_command(course: Path | None, lang: str | None) -> None:  # noqa: ARG001  # --lang was read before click
    """Print a table of all exercises."""
    opened = find_course(course)
    tried = _tried(Progress.of(opened))
    heads = ("", _("exercise"), _("difficulty"), _("points"), _("section"), _("title"))
    for track in opened.syllabus.tracks:
        rows = [_row(exercise, tried.get(exercise.id)) for exercise in opened.exercises if exercise.track == track.name]
        click.secho(track.title.text[LANG], bold=True)
        for line in _fitting([heads, *rows]):
            click.echo(line)
        click.echo()


def _fitting(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as lines that fit the terminal: without the section, and with shortened titles, where they have to be."""
    from rich.cells import cell_len, set_cell_size

    lines, width = _columns(rows), shutil.get_terminal_size().columns
    if not sys.stdout.isatty() or max(map(cell_len, lines)) <= width:
        return lines
    lines = _columns([(*row[:4], row[5]) for row in rows])
    return [line if cell_len(line) <= width else set_cell_size(line, width - 1) + "…" for line in lines]


def _columns(rows: list[tuple[str, ...]]) -> list[str]:
    """Rows as lines with aligned columns. (rich's tables do this too, and take 40 ms to import.)"""
    from rich.cells import cell_len

    widths = [max(cell_len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _row(exercise: Exercise, best: Best | None) -> tuple[str, ...]:
    mark = "·" if best is None else "✓" if best.status == "passed" else "✗"
    points = f"{best.score:g}/{exercise.points:g}" if best else f"{exercise.points:g}"
    if best and best.stars:
        points += f" ★{best.stars}"
    about = exercise.about
    return mark, exercise.name, "●" * about.difficulty, points, about.section, exercise.title[LANG]


@click.command("hint", help=_("Show the next hint for an exercise; each time one stage further."))
@click.argument("name", shell_complete=complete_exercise)
@click.option("--all", "show_all", is_flag=True, help=_("Show every stage at once."))
@common_options
def hint_command(name: str, show_all: bool, course: Path | None, lang: str | None) -> None:  # noqa: ARG001, FBT001  # --lang was read before click; click passes by name
    """Print the next hint."""
    opened = find_course(course)
    exercise = find_exercise(opened, name)
    if not exercise.about.hints:
        click.echo(_("There are no hints for {name}.").format(name=exercise.name))
        return
    progress = Progress.of(opened)
    property_, hints = exercise.about.hints_for(progress.failing(exercise.id))
    if show_all or not hints:
        property_, hints = "", exercise.about.hints
    level = min(progress.hint_level(exercise.id, property_) + 1, len(hints))
    for number in range(1, len(hints) + 1) if show_all else (level,):
        click.echo(
            _("Hint {level} of {count}: {text}").format(
                level=number, count=len(hints), text=hints[number - 1].text[LANG]
            )
        )
    if show_all:
        return
    try:
        progress.set_hint_level(exercise.id, level, property_)
    except ProgressError as error:
        note(error.text)
        click.echo(_("All of them: `grade hint {name} --all`").format(name=exercise.name))
        return
    if level < len(hints):
        click.echo(_("The next one: run `grade hint {name}` again.").format(name=exercise.name))
    else:
        click.echo(_("That was the last hint."))
