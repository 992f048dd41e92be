"""Where a script that reproduces a failure goes. Imports no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from grader.course import Exercise
from grader.judge.results import GraderError

MARK: Final = "# Written by `grade exercise --debug`; it is overwritten by the next one."


def target(exercise: Exercise) -> Path:
    """The folder that one works in."""
    return Path.cwd() / f"debug_{exercise.name}.py"


def is_in_the_way(path: Path) -> bool:
    """Whether there is something that is no script of ours, and stays."""
    try:
        return not path.read_text(encoding="utf-8").startswith(MARK)
    except FileNotFoundError:
        return False
    except (OSError, UnicodeDecodeError):
        return True


def store(text: str, exercise: Exercise) -> str:
    """Write the script and say where. Raises GraderError if that cannot be done."""
    path = target(exercise)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        what = f"{path} cannot be written: {error.strerror}; run from a folder that you may write to"
        raise GraderError(what) from None
    return str(path)
