"""Reads a submitted file and decides, before any of it runs, whether it can be graded."""

from __future__ import annotations

import ast
import hashlib
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from grader.course import Exercise, Forbidden
from grader.stubs import bodies, is_unwritten
from grader.text import Text, both

SIZE_LIMIT: Final = 2**20
"""Largest file in bytes."""

LINE_LIMIT: Final = 200
"""Longest line of code that is shown."""
NAMES_LIMIT: Final = 20
"""Most parts of a dotted name that is looked at."""


class InvalidSubmission(Exception):
    """The file cannot be graded. `text` says why, `traceback` shows where."""

    def __init__(self, text: Text, traceback: str = "") -> None:
        super().__init__(text["en"])
        self.text, self.traceback = text, traceback


@dataclass(frozen=True, slots=True)
class Submission:
    """A submitted file: where it lies and what it says."""

    path: Path
    source: str
    sha256: str


def read_submission(path: Path) -> Submission:
    """Read a file. Raises InvalidSubmission for what is not a Python text of reasonable size."""
    if nameable(str(path)) != str(path):
        raise InvalidSubmission(both("the file name {path} is not UTF-8 text; rename it", path=nameable(str(path))))
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise InvalidSubmission(both("{path} is a symbolic link; submit the file itself", path=path))
        if not stat.S_ISREG(status.st_mode):
            raise InvalidSubmission(both("{path} is not a file; submit one .py file", path=path))
        if status.st_size > SIZE_LIMIT:
            text = both(
                "{path} has {size} bytes, more than the limit of {limit}; submit source code only",
                path=path, size=status.st_size, limit=SIZE_LIMIT,
            )  # fmt: skip
            raise InvalidSubmission(text)
        data = path.read_bytes()
    except OSError as error:
        raise InvalidSubmission(both("{path} cannot be read: {error}", path=path, error=error.strerror)) from None
    try:
        source = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise InvalidSubmission(
            both("{path} is not UTF-8 text (line {line}); save it as UTF-8", path=path, line=line)
        ) from None
    return Submission(path, source.replace("\r\n", "\n").replace("\r", "\n"), hashlib.sha256(data).hexdigest())


def nameable(path: str) -> str:
    """The path with bytes that are not UTF-8 spelled out, so that a report can name it."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")


def parse(submission: Submission) -> ast.Module:
    """The syntax tree. Raises InvalidSubmission, with the line and a mark under the place, where it is not Python."""
    if not submission.source.strip():
        raise InvalidSubmission(both("{path} is empty", path=submission.path))
    before, nul, _ = submission.source.partition("\0")
    if nul:  # Pythons differ in how they refuse it, and none says where
        line = before.count("\n") + 1
        text = both(
            "{path} is not valid Python: line {line}: {error}", path=submission.path, line=line, error="NUL byte"
        )
        raise InvalidSubmission(text, code_frame(submission.source, line))
    try:
        return ast.parse(submission.source)
    except SyntaxError as error:
        line = error.lineno or 1
        frame = code_frame(submission.source, line, error.offset)
        text = both(
            "{path} is not valid Python: line {line}: {error}", path=submission.path, line=line, error=error.msg
        )
        raise InvalidSubmission(text, frame) from None
    except (ValueError, RecursionError, MemoryError) as error:
        text = both(
            "{path} is not valid Python: {error}", path=submission.path, error=str(error) or type(error).__name__
        )
        raise InvalidSubmission(text) from None


def code_frame(source: str, line: int, column: int | None = None) -> str:
    """The line with its two neighbours, and a mark under the column."""
    lines = source.splitlines()
    shown = []
    for number in range(max(1, line - 2), min(len(lines), line + 2) + 1):
        mark = ">" if number == line else " "
        shown.append(f"{mark} {number:4} | {lines[number - 1][:LINE_LIMIT]}")
        if number == line and column and column <= LINE_LIMIT:
            shown.append(f"       | {' ' * (column - 1)}^")
    return "\n".join(shown)


def is_untouched(tree: ast.Module, exercise: Exercise) -> bool:
    """Whether every required name is defined and nothing in it does more than raise NotImplementedError.

    A class counts as untouched while one of its methods is and none of the others is new: the stub may give some.
    """
    stub = bodies(ast.parse(exercise.stub.read_text(encoding="utf-8"))) if exercise.stub.is_file() else {}
    mine = bodies(tree)
    open_names = {name for name, body in stub.items() if is_unwritten(body)} or set(mine)
    graded = {name: body for name, body in mine.items() if name.partition(".")[0] in exercise.required}
    if not set(exercise.required) <= {name.partition(".")[0] for name in mine}:
        return False
    waiting = {name for name, body in graded.items() if is_unwritten(body)}
    return bool(waiting) and all(name in waiting or (name not in open_names and name in stub) for name in graded)


def check_forbidden(tree: ast.Module, forbidden: tuple[Forbidden, ...], elsewhere: Path | None = None) -> None:
    """Raise InvalidSubmission at the first use of a forbidden name, in whatever way it is written.

    `elsewhere` is the file, if it is not the submission itself but one that it imports.
    """
    own = _own_names(tree)
    for rule in forbidden:
        leaf = rule.name.rpartition(".")[2]
        for line, used in _uses(tree, leaf, own):
            text = forbidden_text(rule, used, line)
            raise InvalidSubmission(both("{path}: {error}", path=elsewhere, error=text) if elsewhere else text)


def forbidden_text(rule: Forbidden, used: str, line: int | None = None) -> Text:
    """Which name was used, where, and why it is forbidden."""
    if line is None:
        return both(
            "{name} was used while running, which is forbidden here: {reason}", name=used, reason=rule.reason.text
        )
    return both(
        "line {line} uses {name}, which is forbidden here: {reason}", line=line, name=used, reason=rule.reason.text
    )


def uses_torch_optimizers(tree: ast.Module) -> bool:
    """Whether the file takes more from torch.optim than `Optimizer`: those import torch._dynamo when they step."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("torch.optim"):
            if any(alias.name != "Optimizer" for alias in node.names):
                return True
        elif isinstance(node, ast.Attribute) and node.attr != "Optimizer":
            owner = _dotted(node.value)
            if owner == "optim" or owner.startswith("torch.optim") or f"{owner}.{node.attr}" == "torch.compile":
                return True
    return False


def _dotted(node: ast.expr) -> str:
    """`torch.nn.functional` for that expression, `…` for what is no name. (ast.unparse recurses: too deep.)"""
    names: list[str] = []
    while isinstance(node, ast.Attribute) and len(names) < NAMES_LIMIT:
        names.append(node.attr)
        node = node.value
    names.append(node.id if isinstance(node, ast.Name) else "…")
    return ".".join(reversed(names))


def _own_names(tree: ast.Module) -> set[str]:
    """Names that the file itself defines."""
    own: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            own.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
        elif isinstance(node, ast.arg):
            own.add(node.arg)
    return own


def _uses(tree: ast.Module, leaf: str, own: set[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == leaf:
            owner = _dotted(node.value)
            if owner != "self":
                yield node.lineno, f"{owner}.{leaf}"[-120:]
        elif isinstance(node, ast.ImportFrom | ast.Import):
            for alias in node.names:
                if alias.name.rpartition(".")[2] == leaf:
                    yield node.lineno, f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id == leaf and leaf not in own:
            yield node.lineno, leaf
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.rpartition(".")[2] == leaf:
            yield node.lineno, repr(node.value)[:120]
