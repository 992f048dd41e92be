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
from grader.judge.entry.forbidden import check_forbidden, needs_dynamo
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

    @property
    def sources(self) -> dict[str, str]:
        """The learner's texts: the submission's under the empty name, each companion's under its own."""
        companions = {companion.submission.name: companion.submission.source for companion in self.companions}
        return {**companions, "": self.submission.source}

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
    preload = ["torch._dynamo"] if any(map(needs_dynamo, trees)) else []
    if any("scipy" in source for source in sources):
        preload.append("scipy.optimize")  # 0.3 s, which every worker would spend again behind the lock
    return Admitted(submission, tuple(companions.found.values()), tuple(preload), begun=begun is True)


def is_begun(tree: ast.Module, submission: Submission, exercise: Exercise) -> bool | None:
    """Whether somebody has written in it: False for the pristine stub, comments, docstrings and layout aside.

    None where that cannot be told from the text: nobody knows what the stub was, or something was added around its
    functions, which are as they were (an import, or the answer in another place). Running it will tell.
    """
    if "NotImplementedError" not in submission.source:
        return True  # no stub looks like this: no need to ask what the stub was
    stub = pristine(exercise)
    if stub is None:
        return None if any(map(is_unwritten, bodies(tree).values())) else True
    try:
        original, mine = ast.parse(stub), ast.parse(submission.source)  # trees of our own: looking changes them
        if _meaning(original.body) == _meaning(mine.body):
            return False
        return None if _meanings(original) == _meanings(mine) else True
    except (SyntaxError, ValueError, RecursionError):
        return True


def _meanings(tree: ast.Module) -> dict[str, str]:
    """What each function and method does."""
    return {name: _meaning(body) for name, body in bodies(tree).items()}


def _meaning(statements: list[ast.stmt]) -> str:
    """What statements do, docstrings aside, theirs and those within."""
    plain = _WithoutDocstrings()
    return "\n".join(ast.dump(plain.visit(statement)) for statement in statements if not _is_text(statement))


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


class _WithoutDocstrings(ast.NodeTransformer):
    """Leaves out statements that are nothing but a text."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        """Drop a text, keep a call."""
        return None if _is_text(node) else node


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
