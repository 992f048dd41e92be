"""Mutants of a reference: its text with one small mistake each."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.judge.proof.operators import OPERATORS, Change, Operator, Source, gradients, is_number


@dataclass(frozen=True, slots=True)
class Mutant:
    """A wrong variant: where (`Yogi.step`), on which line, what stood there, what stands there now."""

    where: str
    line: int
    before: str
    after: str
    operator: str
    source: str

    @property
    def name(self) -> str:
        """`Yogi.step:31: s = s + g becomes s = s - g`."""
        return f"{self.where}:{self.line}: {self.before}  →  {self.after}"


def mutants(text: str) -> list[Mutant]:
    """Every mutant of a text, each once, in the order of the lines. What is no Python or means the same is left out."""
    source = Source(text)
    seen = {ast.dump(source.tree)}
    found = []
    for where, node, operators in _nodes(source):
        for operator in operators:
            for change in operator(node, source):
                mutant = _applied(source, where, change)
                if mutant is None:
                    continue
                tree = ast.dump(ast.parse(mutant.source))
                if tree not in seen:
                    seen.add(tree)
                    found.append(mutant)
    return sorted(found, key=lambda mutant: mutant.line)


def _applied(source: Source, where: str, change: Change) -> Mutant | None:
    start, end = source.span(change.node)
    text = source.text[:start] + change.text + source.text[end:]
    try:
        compile(text, "mutant", "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    first = source.text.rfind("\n", 0, start) + 1
    last = source.text.find("\n", end)
    before = source.text[first:last]
    after = source.text[first:start] + change.text + source.text[end:last]
    line = source.text.count("\n", 0, start) + 1
    return Mutant(where, line, one_line(before), one_line(after), change.operator, text)


def one_line(text: str) -> str:
    """The code of some lines on one, without the comments behind it."""
    return " ".join(line.split("  #")[0].strip() for line in text.splitlines()).strip()


Place = tuple[str, ast.AST, Sequence[Operator]]
"""A function's name, a node in it, and the operators that make sense there."""


def _nodes(source: Source) -> Iterator[Place]:
    """The nodes of functions and methods that do something.

    Annotations, docstrings and the messages of exceptions are left out: they are for people.
    """
    for statement in source.tree.body:
        if isinstance(statement, ast.FunctionDef):
            yield from _function(source, statement, statement.name)
        elif isinstance(statement, ast.ClassDef):
            for inner in statement.body:
                if isinstance(inner, ast.FunctionDef):
                    yield from _function(source, inner, f"{statement.name}.{inner.name}")


def _function(source: Source, function: ast.FunctionDef, name: str) -> Iterator[Place]:
    without_graph = any("no_grad" in source.of(decorator) for decorator in function.decorator_list)
    operators = [operator for operator in OPERATORS if not (without_graph and operator is gradients)]
    yield name, function, operators
    for default in [*function.args.defaults, *function.args.kw_defaults]:
        if default is not None:
            yield from ((name, node, operators) for node in _walk(default))
    for statement in function.body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue
        yield from ((name, node, operators) for node in _walk(statement))


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, ast.Raise | ast.FunctionDef) or is_number(node):
        return
    for field, value in ast.iter_fields(node):
        if field == "annotation" or isinstance(node, ast.JoinedStr):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_key(child, field):
                yield from _walk(child)


def _is_key(node: ast.AST, field: str) -> bool:
    """Whether a node is a word by which something is looked up: a wrong one is an error by itself."""
    return field in ("slice", "keys") and isinstance(node, ast.Constant) and isinstance(node.value, str)
