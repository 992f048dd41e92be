"""`grade start` and `grade reset`: a folder to work in, and an exercise begun afresh."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import click

from grader.cli.app import LANG, common_options, complete_exercise, fail, find_course, find_exercise
from grader.course import SYLLABUS, Exercise, open_course
from grader.text import both, translations

_ = translations(LANG).gettext


@click.command("start", help=_("Make a folder with all stubs to work in."))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@common_options
def start_command(folder: Path, course: Path | None, lang: str | None) -> None:  # noqa: ARG001  # --lang was read before click
    """Copy the stubs and the syllabus."""
    if folder.exists() and not folder.is_dir():
        fail(both("{path} is a file; give the name of a folder", path=folder))
    if (folder / "exercises").exists():
        fail(both("{path} already has exercises; nothing was changed. Give another folder", path=folder))
    source = open_course(course, start=Path("/"))
    try:
        for exercise in source.exercises:
            target = folder / "exercises" / exercise.track / f"{exercise.name}.py"
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(_pristine(exercise) or exercise.stub, target)
        shutil.copyfile(source.root / SYLLABUS, folder / SYLLABUS)
        ignore = folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text(".gradlings/\ndebug_*.py\n__pycache__/\n", encoding="utf-8")
    except OSError as error:
        fail(both("{path} cannot be written: {error}", path=error.filename, error=error.strerror))
    click.echo(_("{folder} is ready: {count} exercises.").format(folder=folder, count=len(source.exercises)))
    click.echo(_("Go on with: cd {folder} && grade").format(folder=folder))


@click.command("reset", help=_("Put the stub of an exercise back; what you wrote is kept as a backup."))
@click.argument("name", shell_complete=complete_exercise)
@common_options
def reset_command(name: str, course: Path | None, lang: str | None) -> None:  # noqa: ARG001  # --lang was read before click
    """Restore a stub."""
    exercise = find_exercise(find_course(course), name)
    pristine = _pristine(exercise)
    text = pristine.read_text(encoding="utf-8") if pristine else _committed(exercise)
    if text is None:
        fail(
            both(
                "there is no other copy of {path} to go back to: neither a package nor git has one", path=exercise.stub
            )
        )
    if exercise.stub.exists():
        if exercise.stub.read_text(encoding="utf-8", errors="replace") == text:
            click.echo(_("{path} is the untouched stub already.").format(path=exercise.stub))
            return
        backup = exercise.stub.with_name(f"{exercise.name}.{time.strftime('%Y%m%d-%H%M%S')}.bak")
        shutil.copy2(exercise.stub, backup)
        click.echo(_("What you wrote is kept in {path}").format(path=backup))
    exercise.stub.write_text(text, encoding="utf-8")
    click.echo(_("{path} is the stub again.").format(path=exercise.stub))


def _pristine(exercise: Exercise) -> Path | None:
    """The stub as it was shipped, if that is not the file one works in."""
    shipped = exercise.hidden / "exercises" / exercise.track / f"{exercise.name}.py"
    return shipped if exercise.hidden != exercise.root and shipped.is_file() else None


def _committed(exercise: Exercise) -> str | None:
    """The stub in the last commit of a checkout."""
    git = shutil.which("git")
    if git is None:
        return None
    place = f"HEAD:./{exercise.stub.relative_to(exercise.root).as_posix()}"
    found = subprocess.run([git, "show", place], cwd=exercise.root, capture_output=True, check=False)  # noqa: S603  # a fixed command
    return found.stdout.decode("utf-8") if found.returncode == 0 else None
