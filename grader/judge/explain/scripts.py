"""Where a script that reproduces a failure goes. Imports no torch."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from grader.course import Exercise

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


def store(text: str, exercise: Exercise) -> Path:
    """Write the script and say where. Raises OSError."""
    path = target(exercise)
    path.write_text(text, encoding="utf-8")
    return path
