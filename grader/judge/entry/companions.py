"""Exercises that build on earlier ones: `from exercises.attention.masked_softmax import masked_softmax`.

In a submission such an import means the same learner's file, which the front end finds; in a reference it means the
other reference. Imports no torch.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from grader.course import Exercise
from grader.formats import read_text
from grader.judge.entry.submission import Submission
from grader.judge.results import SubmissionStatus

PACKAGE: Final = "exercises"


class Companion(msgspec.Struct, frozen=True):
    """An earlier exercise that a submission imports, and the same learner's text of it.

    `needs` are the ids of those that it imports in turn, in the order in which they can be loaded. `known` is how it
    stands where that needs no run: not started, invalid, or passed beyond doubt; `begun` as in `Admitted`.
    """

    exercise: str
    submission: Submission
    needs: tuple[str, ...] = ()
    known: SubmissionStatus | None = None
    begun: bool = False

    @property
    def module(self) -> str:
        """`exercises.attention.masked_softmax`."""
        return f"{PACKAGE}.{self.exercise.replace('/', '.')}"


def imported(tree: ast.Module) -> list[str]:
    """The modules of the package `exercises` that a file imports, as `track/name`, each once."""
    found: list[str] = []
    for node in ast.walk(tree):
        names: Sequence[str] = ()
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        for name in names:
            parts = name.split(".")
            if parts[0] == PACKAGE and len(parts) == 3:
                found.append("/".join(parts[1:]))
    return list(dict.fromkeys(found))


def solutions_behind(exercise: Exercise) -> list[Path]:
    """The references that an exercise's reference imports, and what those import in turn."""
    found: dict[Path, None] = {}

    def collect(path: Path) -> None:
        for name in imported(ast.parse(read_text(path))):
            solution = exercise.hidden / "solutions" / f"{name}.py"
            if solution not in found and solution != exercise.solution:
                found[solution] = None
                collect(solution)

    collect(exercise.solution)
    return list(found)
