"""Forbidden names, found in a text before it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from grader.formats import Forbidden
from grader.judge.entry.companions import PACKAGE
from grader.judge.entry.submission import InvalidSubmission
from grader.text import Text, both

NAMES_LIMIT: Final = 20
"""Most parts of a dotted name that is looked at."""
_FUNCTIONAL: Final = ("func", "vmap", "cond")
"""What of torch's own names loads torch._dynamo when it is called."""


def check_forbidden(tree: ast.Module, forbidden: tuple[Forbidden, ...], elsewhere: str = "") -> None:
    """Raise InvalidSubmission at the first use of a forbidden name, in whatever way it is written.

    `elsewhere` names the file, if it is not the submission itself but one that it imports.
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


def needs_dynamo(tree: ast.Module) -> bool:
    """Whether the file uses what imports torch._dynamo: optimizers when they step, torch.func when it is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("torch.optim"):
            if any(alias.name != "Optimizer" for alias in node.names):
                return True
        elif isinstance(node, ast.ImportFrom) and node.module == "torch":
            if any(alias.name in _FUNCTIONAL for alias in node.names):
                return True
        elif isinstance(node, ast.Attribute) and node.attr != "Optimizer":
            owner = _dotted(node.value)
            if owner == "optim" or owner.startswith(("torch.optim", "torch.func.")) or owner == "torch.func":
                return True
            if owner == "torch" and node.attr in _FUNCTIONAL:
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
    """Names that the file itself defines, or takes from the learner's earlier exercises."""
    own: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            own.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            own.add(node.id)
        elif isinstance(node, ast.arg):
            own.add(node.arg)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == PACKAGE:
            own |= {alias.asname or alias.name for alias in node.names}
    return own


def _uses(tree: ast.Module, leaf: str, own: set[str]) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == leaf:
            owner = _dotted(node.value)
            if owner != "self":
                yield node.lineno, f"{owner}.{leaf}"[-120:]
        elif isinstance(node, ast.ImportFrom | ast.Import):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == PACKAGE:
                continue  # the same learner's own
            for alias in node.names:
                if alias.name.rpartition(".")[2] == leaf:
                    yield node.lineno, f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id == leaf and leaf not in own:
            yield node.lineno, leaf
