"""Exercises that build on earlier ones: `from exercises.attention.masked_softmax import masked_softmax`.

In a submission such an import means the learner's own file: the one that lies beside the submission, else the one in
the workspace, never a solution. In a reference it means the other reference. Imports no torch.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.course import Course, CourseError, Exercise, read_text
from grader.judge.entry.submission import InvalidSubmission, Submission, check_forbidden, parse, read_submission
from grader.text import both

PACKAGE: Final = "exercises"


@dataclass(frozen=True, slots=True)
class Prerequisite:
    """An earlier exercise, and the file that stands for it."""

    exercise: Exercise
    submission: Submission

    @property
    def module(self) -> str:
        """`exercises.attention.masked_softmax`."""
        return f"{PACKAGE}.{self.exercise.track}.{self.exercise.name}"


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


def prerequisites(
    course: Course, exercise: Exercise, submission: Submission, tree: ast.Module, workspace: Path
) -> list[Prerequisite]:
    """What a submission imports of the course, and what that imports in turn, in the order in which it can be loaded.

    `workspace` holds a file per exercise, `<track>/<name>.py`. What is forbidden in this exercise is forbidden there
    too. Raises InvalidSubmission.
    """
    collected: dict[str, Prerequisite] = {}

    def collect(tree: ast.Module, above: tuple[str, ...]) -> None:
        for name in imported(tree):
            if name in above:
                chain = " → ".join((*above, name))
                raise InvalidSubmission(both("exercises import each other in a circle: {chain}", chain=chain))
            if name in collected:
                continue
            try:
                other = course.find(name)
            except CourseError as error:
                raise InvalidSubmission(both("{path}: {error}", path=submission.path, error=error.text)) from None
            found = _file_of(other, submission.path.parent, workspace)
            own = parse(found)
            check_forbidden(own, exercise.about.forbidden, found.path)
            collect(own, (*above, name))
            collected[name] = Prerequisite(other, found)

    collect(tree, (exercise.id,))
    return list(collected.values())


def _file_of(exercise: Exercise, beside: Path, workspace: Path) -> Submission:
    """The learner's file for an exercise. Raises InvalidSubmission if there is none."""
    places = [beside / f"{exercise.name}.py", workspace / exercise.track / f"{exercise.name}.py"]
    for place in places:
        if place.is_file() or place.is_symlink():
            return read_submission(place)
    first, second = places
    text = both(
        "imports {name}, but there is neither {first} nor {second}", name=exercise.id, first=first, second=second
    )
    raise InvalidSubmission(text)


def solutions_behind(exercise: Exercise) -> list[Path]:
    """The references that an exercise's reference imports, and what those import in turn."""
    found: dict[Path, None] = {}

    def collect(path: Path) -> None:
        for name in imported(ast.parse(read_text(path))):
            other = exercise.hidden / "solutions" / f"{name}.py"
            if other not in found and other != exercise.solution:
                found[other] = None
                collect(other)

    collect(exercise.solution)
    return list(found)
