"""Admission: all that can be told of a submission before any of it runs, told once for every front end.

Whether it is Python, still the stub, or forbidden by its text; what it imports of the course, and from whom.
"""

from __future__ import annotations

import ast
from collections.abc import Callable

import msgspec

from grader.course import Course, Exercise
from grader.formats import CourseError
from grader.judge.entry.companions import Companion, imported
from grader.judge.entry.forbidden import check_forbidden, uses_torch_optimizers
from grader.judge.entry.submission import InvalidSubmission, Submission
from grader.judge.entry.syntax import parse
from grader.judge.results import SubmissionStatus
from grader.stubs import bodies, is_unwritten, pristine
from grader.text import both

Find = Callable[[Exercise], Submission | None]
"""Finds the same learner's text of another exercise; None if there is none. May raise InvalidSubmission."""


class NotStarted(Exception):
    """The submission is the stub as it was given."""


class Admitted(msgspec.Struct, frozen=True):
    """A submission that may run, with the companions that it imports in the order in which they can be loaded.

    `preload` names modules that cannot be imported behind the lock, or not quickly. `begun` says that somebody has
    written in it for certain; where nobody knows what the stub was, running it will tell.
    """

    submission: Submission
    companions: tuple[Companion, ...] = ()
    preload: tuple[str, ...] = ()
    begun: bool = False

    def of(self, companion: Companion) -> Admitted:
        """One of the companions, to be graded itself."""
        needed = tuple(other for other in self.companions if other.exercise in companion.needs)
        return Admitted(companion.submission, needed, self.preload, companion.begun)


def admit(course: Course, exercise: Exercise, submission: Submission, find: Find) -> Admitted:
    """Admit a submission. Raises NotStarted, and InvalidSubmission with what is wrong and where."""
    tree = parse(submission)
    begun = is_begun(tree, submission, exercise)
    if begun is False:
        raise NotStarted
    check_forbidden(tree, exercise.about.forbidden)
    companions = _Companions(course, exercise, find)
    companions.collect(tree, (exercise.id,))
    trees = [tree, *companions.trees]
    sources = [submission.source, *(companion.submission.source for companion in companions.found.values())]
    preload = ["torch._dynamo"] if any(map(uses_torch_optimizers, trees)) else []
    if any("scipy" in source for source in sources):
        preload.append("scipy.optimize")  # 0.3 s, which every worker would spend again behind the lock
    return Admitted(submission, tuple(companions.found.values()), tuple(preload), begun=begun is True)


def is_begun(tree: ast.Module, submission: Submission, exercise: Exercise) -> bool | None:
    """Whether somebody has written in it: False for the pristine stub, comments and layout aside; None if unknown."""
    if "NotImplementedError" not in submission.source:
        return True  # no stub looks like this: no need to ask what the stub was
    stub = pristine(exercise)
    if stub is None:
        return None if any(map(is_unwritten, bodies(tree).values())) else True
    if _unspaced(stub) == _unspaced(submission.source):
        return False
    try:
        return _meaning(ast.parse(stub)) != _meaning(tree)
    except (SyntaxError, ValueError, RecursionError):
        return True


def _unspaced(source: str) -> str:
    return "\n".join(line.rstrip() for line in source.strip().splitlines())


def _meaning(tree: ast.Module) -> dict[str, str]:
    """What the functions and methods of a file do, docstrings aside, by name."""
    return {
        name: "".join(
            ast.dump(node) for node in body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        )
        for name, body in bodies(tree).items()
    }


class _Companions:
    """Collects what a submission imports of the course, and what that imports in turn."""

    def __init__(self, course: Course, exercise: Exercise, find: Find) -> None:
        self._course, self._exercise, self._find = course, exercise, find
        self.found: dict[str, Companion] = {}
        self.trees: list[ast.Module] = []

    def collect(self, tree: ast.Module, above: tuple[str, ...]) -> tuple[str, ...]:
        """Find everything that a tree imports; the ids, those that are needed first before the others.

        What is forbidden in the exercise is forbidden there too.
        """
        needed: dict[str, None] = {}
        for name in imported(tree):
            if name in above:
                chain = " → ".join((*above, name))
                raise InvalidSubmission(both("exercises import each other in a circle: {chain}", chain=chain))
            if name not in self.found:
                self._add(name, above)
            needed |= dict.fromkeys((*self.found[name].needs, name))
        return tuple(needed)

    def _add(self, name: str, above: tuple[str, ...]) -> None:
        try:
            exercise = self._course.find(name)
        except CourseError as error:
            raise InvalidSubmission(both("imports {name}: {error}", name=name, error=error.text)) from None
        submission = self._find(exercise)
        if submission is None:
            text = both("needs your {name} ({id}), which it imports; hand it in too",
                        name=exercise.name, id=exercise.id)  # fmt: skip
            raise InvalidSubmission(text)
        tree = parse(submission)
        check_forbidden(tree, self._exercise.about.forbidden, submission.name)
        self.trees.append(tree)
        needs = self.collect(tree, (*above, exercise.id))
        begun = is_begun(tree, submission, exercise)
        known: SubmissionStatus | None = "not_started" if begun is False else None
        try:
            check_forbidden(tree, exercise.about.forbidden)
        except InvalidSubmission:
            known = "invalid"
        self.found[exercise.id] = Companion(exercise.id, submission, needs, known, begun is True)
