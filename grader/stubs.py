"""The text of a stub as nobody has touched it, and what of a text is still unwritten.

In a workspace that is the copy kept at `grade start`, else the package's file. In a checkout one edits the stub in
place, and commits it too, so there it is looked for in git: the newest version in which nothing of the stub is
written. Not the first version, since stubs are edited over time; not the last, which may be a learner's.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from grader.course import Exercise, bundled_root

_GIT_SECONDS: Final = 5.0


def pristine(exercise: Exercise) -> str | None:
    """The untouched stub; None where there is no copy of it, and git knows none."""
    if exercise.root != exercise.hidden:
        kept = _text(kept_copy(exercise.root, exercise))
        return (
            kept if kept is not None else pristine(replace(exercise, root=exercise.hidden)) or _text(_shipped(exercise))
        )
    if exercise.hidden == bundled_root() and exercise.hidden.name == "_course":  # in a wheel, where nobody works
        return _text(exercise.stub)
    return newest_unwritten(_versions(exercise.root, exercise.stub.relative_to(exercise.root)))


def kept_copy(workspace: Path, exercise: Exercise) -> Path:
    """Where `grade start` keeps what the stub was: a newer package may ship another one."""
    return workspace / ".gradlings" / "stubs" / exercise.track / f"{exercise.name}.py"


def newest_unwritten(versions: Iterable[str]) -> str | None:
    """Of a file's texts, oldest first, the last in which nothing is written that the stub leaves open.

    The oldest is the stub, if it leaves anything open. Each later one takes its place unless it fills in some of that.
    """
    stub, left_open = None, set[str]()
    for text in versions:
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # nobody's stub
        waiting = {name for name, body in bodies(tree).items() if is_unwritten(body)}
        if stub is None and not waiting:
            return None
        if waiting and not any(_is_written(name, tree) for name in left_open - waiting):
            stub, left_open = text, waiting
    return stub


def bodies(tree: ast.Module) -> dict[str, list[ast.stmt]]:
    """What functions and methods do, by name: `masked_softmax`, `Adam.step`."""
    found: dict[str, list[ast.stmt]] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node.body
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    found[f"{node.name}.{inner.name}"] = inner.body
    return found


def is_unwritten(body: list[ast.stmt]) -> bool:
    """Whether it does no more than raise NotImplementedError, after a docstring and `super().__init__()`."""
    statements = [node for node in body if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))]
    if len(statements) == 2 and isinstance(statements[0], ast.Expr) and isinstance(statements[0].value, ast.Call):
        statements = statements[1:]  # super().__init__() and the raise
    return (
        len(statements) == 1
        and isinstance(statements[0], ast.Raise)
        and any(isinstance(node, ast.Name) and node.id == "NotImplementedError" for node in ast.walk(statements[0]))
    )


def _is_written(name: str, tree: ast.Module) -> bool:
    """Whether a name that a stub left open is defined here; gone is not written: stubs get renamed."""
    return name in bodies(tree) or name.partition(".")[0] in _bound(tree)


def _bound(tree: ast.Module) -> Iterator[str]:
    """Names that are given a value in another way than by `def` and `class`: `halve = …`, `from … import halve`."""
    for node in tree.body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name))


def _shipped(exercise: Exercise) -> Path:
    return exercise.hidden / "exercises" / exercise.track / f"{exercise.name}.py"


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None


def _versions(root: Path, file: Path) -> Iterator[str]:
    """The texts that the file had in git, oldest first; none where git is not there, has no such file, or refuses."""
    place = file.as_posix()
    listed = _git(root, "--literal-pathspecs", "rev-list", "--topo-order", "--reverse", "HEAD", "--", place)
    asked = b"".join(commit + b":./" + os.fsencode(place) + b"\n" for commit in listed.split())
    answer = _git(root, "cat-file", "--batch", given=asked) if asked else b""
    while answer:
        head, _, answer = answer.partition(b"\n")
        if not head.endswith(b" missing"):  # a commit that took the file away
            size = int(head.rpartition(b" ")[2])
            content, answer = answer[:size], answer[size + 1 :]
            try:
                yield content.decode("utf-8-sig").replace("\r\n", "\n")
            except UnicodeDecodeError:
                continue  # nobody's stub


def _git(folder: Path, *words: str, given: bytes = b"") -> bytes:
    """What git prints; nothing where it fails."""
    program = shutil.which("git")
    if program is None:
        return b""
    environment = {**os.environ, "GIT_NO_LAZY_FETCH": "1", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        ran = subprocess.run(  # noqa: S603  # a fixed command
            [program, *words], cwd=folder, env=environment, input=given, capture_output=True, check=False,
            timeout=_GIT_SECONDS,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return b""
    return ran.stdout if ran.returncode == 0 else b""
