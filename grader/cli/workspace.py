"""`grade start` and `grade reset`: a folder to work in, and an exercise begun afresh."""

from __future__ import annotations

import itertools
import os
import shlex
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

import click

from grader.cli.app import LANG, common_options, complete_exercise, fail, find_course, find_exercise
from grader.course import SYLLABUS, Course, bundled_root, source_note
from grader.stubs import kept_copy, pristine
from grader.text import both, translations

_ = translations(LANG).gettext

_IGNORED: Final = ".gradlings/\ndebug_*.py\n__pycache__/\n"


@click.command("start", help=_("Make a folder with all stubs to work in."))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@common_options
def start_command(folder: Path, course: Path | None, lang: str | None) -> None:  # noqa: ARG001  # --lang was read before click
    """Copy the stubs and the syllabus."""
    source = find_course(course or bundled_root())
    if os.path.lexists(folder) and not os.path.isdir(folder):  # noqa: PTH112  # where Path.is_dir raises, this says no
        fail(both("{path} is not a folder; give the name of a folder", path=folder))
    if os.path.lexists(folder / "exercises"):
        fail(both("{path} already has exercises; nothing was changed. Give another folder", path=folder))
    try:
        _fill(folder, source)
    except OSError as error:
        fail(both("{path} cannot be written: {error}", path=error.filename or folder, error=error.strerror or error))
    click.echo(_("{folder} is ready: {count} exercises.").format(folder=folder, count=len(source.exercises)))
    click.echo(_("Go on with: cd {folder} && grade").format(folder=shlex.quote(str(folder))))


def _fill(folder: Path, source: Course) -> None:
    """Make the folder. It is built to the side, so that what goes wrong halfway leaves nothing in the way."""
    folder.mkdir(parents=True, exist_ok=True)
    aside = Path(tempfile.mkdtemp(prefix=".gradlings-", dir=folder))
    try:
        for exercise in source.exercises:
            stub = aside / exercise.stub.relative_to(source.root)
            stub.parent.mkdir(parents=True, exist_ok=True)
            text = pristine(exercise)
            if text is None:  # a course without git
                shutil.copyfile(exercise.stub, stub)
            else:
                stub.write_text(text, encoding="utf-8")
            kept = kept_copy(aside, exercise)
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(stub, kept)
        shutil.copyfile(source.root / SYLLABUS, aside / SYLLABUS)
        own = folder / ".gradlings"
        own.mkdir(exist_ok=True)
        shutil.rmtree(own / "stubs", ignore_errors=True)
        (aside / ".gradlings" / "stubs").rename(own / "stubs")
        note = source_note(folder)
        note.unlink(missing_ok=True)
        if source.hidden != bundled_root():
            note.write_bytes(os.fsencode(source.hidden))
        ignore = folder / ".gitignore"
        if not os.path.lexists(ignore):
            ignore.write_text(_IGNORED, encoding="utf-8")
        (aside / "exercises").rename(folder / "exercises")
    finally:
        shutil.rmtree(aside, ignore_errors=True)


@click.command("reset", help=_("Put the stub of an exercise back; what you wrote is kept as a backup."))
@click.argument("name", shell_complete=complete_exercise)
@common_options
def reset_command(name: str, course: Path | None, lang: str | None) -> None:  # noqa: ARG001  # --lang was read before click
    """Restore a stub."""
    exercise = find_exercise(find_course(course), name)
    stub, text = exercise.stub, pristine(exercise)
    if text is None:
        fail(
            both(
                "there is no untouched copy of {path} to go back to: neither the package nor git has one; nothing was"
                " changed",
                path=stub,
            )
        )
    try:
        if os.path.lexists(stub):
            written = stub.read_bytes()
            if _same(written, text):
                click.echo(_("{path} is the untouched stub already.").format(path=stub))
                return
            click.echo(_("What you wrote is kept in {path}").format(path=_back_up(stub, written)))
        _replace(stub, text)
    except OSError as error:
        fail(both("{path} cannot be written: {error}", path=error.filename or stub, error=error.strerror or error))
    click.echo(_("{path} is the stub again.").format(path=stub))


def _same(written: bytes, text: str) -> bool:
    """Whether a file says this text, whatever editors do to line ends and beginnings."""
    found = written.decode("utf-8-sig", errors="surrogateescape")
    return found.replace("\r\n", "\n") == text


def _back_up(stub: Path, written: bytes) -> Path:
    """Write the bytes to a new file beside the stub."""
    stem = f"{stub.stem}.{time.strftime('%Y%m%d-%H%M%S')}"
    for number in itertools.count(1):
        backup = stub.with_name(f"{stem}.bak" if number == 1 else f"{stem}-{number}.bak")
        try:
            with backup.open("xb") as stream:
                stream.write(written)
        except FileExistsError:  # an earlier backup, of the same second
            continue
        return backup
    raise AssertionError("itertools.count ends nowhere")


def _replace(stub: Path, text: str) -> None:
    """Put the text there in one go: a full disk leaves the file as it was, and a link is not written through."""
    stub.parent.mkdir(parents=True, exist_ok=True)
    fresh = stub.with_name(f".{stub.name}.{os.getpid()}")
    try:
        fresh.write_text(text, encoding="utf-8")
        fresh.replace(stub)
    finally:
        fresh.unlink(missing_ok=True)
