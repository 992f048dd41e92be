"""Small mistakes that can be made anywhere in a piece of code, as edits of its text.

Each operator looks at one node of the syntax tree and says what else could stand there. The node's place in the text is
known, so the text around it, comments included, stays as it is and a mutant reads like what somebody might have typed.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

_ARITHMETIC: Final = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "/"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "//"), ast.Pow: ("**", "*"),
}  # fmt: skip
_COMPARISONS: Final = {
    ast.Lt: ("<", ("<=", ">=")), ast.LtE: ("<=", ("<", ">")), ast.Gt: (">", (">=", "<=")), ast.GtE: (">=", (">", "<")),
    ast.Eq: ("==", ("!=",)), ast.NotEq: ("!=", ("==",)), ast.Is: ("is", ("is not",)), ast.IsNot: ("is not", ("is",)),
    ast.In: ("in", ("not in",)), ast.NotIn: ("not in", ("in",)),
}  # fmt: skip
_IN_PLACE: Final = frozenset({
    "abs", "add", "addcdiv", "addcmul", "clamp", "clamp_min", "div", "exp", "index_add", "lerp", "masked_fill", "mul",
    "neg", "scatter_add", "sigmoid", "sqrt", "sub", "tanh",
})  # fmt: skip
"""Methods of tensors that exist with and without an underscore."""


@dataclass(frozen=True, slots=True)
class Change:
    """Replace the text of a node by another."""

    node: ast.AST
    text: str
    operator: str


class Source:
    """A text with the places of its nodes."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self._starts = [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._lines = text.splitlines(keepends=True)

    def span(self, node: ast.AST) -> tuple[int, int]:
        """Where a node begins and ends, in characters (ast counts bytes).."""
        return (
            self._offset(node.lineno, node.col_offset),  # type: ignore[attr-defined]  # nodes with a place only
            self._offset(node.end_lineno, node.end_col_offset),  # type: ignore[attr-defined]  # the same
        )

    def _offset(self, line: int, column: int) -> int:
        return self._starts[line - 1] + len(self._lines[line - 1].encode()[:column].decode())

    def of(self, node: ast.AST) -> str:
        """A node's text."""
        start, end = self.span(node)
        return self.text[start:end]

    def whole(self, node: ast.AST) -> str:
        """A node's text as an operand: in parentheses unless it needs none."""
        text = self.of(node)
        atoms = (ast.Name, ast.Constant, ast.Call, ast.Attribute, ast.Subscript)
        return text if isinstance(node, atoms) else f"({text})"

    def with_sign(self, node: ast.AST, left: ast.AST, right: ast.AST, sign: str, other: str) -> str:
        """A node's text with another sign between two of its operands."""
        begin, end = self.span(node)
        between = self.between(left, right)
        return (
            self.text[begin : self.span(left)[1]]
            + between.replace(sign, other, 1)
            + self.text[self.span(right)[0] : end]
        )

    def between(self, left: ast.AST, right: ast.AST) -> str:
        """The text from the end of one node to the beginning of another."""
        return self.text[self.span(left)[1] : self.span(right)[0]]


Operator = Callable[[ast.AST, Source], Iterator[Change]]


def arithmetic(node: ast.AST, source: Source) -> Iterator[Change]:
    """Another operation; the operands of @ exchanged; an operand left out."""
    if not isinstance(node, ast.BinOp):
        return
    left, right = source.whole(node.left), source.whole(node.right)
    if isinstance(node.op, ast.MatMult):
        yield Change(node, f"{right} @ {left}", "operands of @ exchanged")
        yield Change(node, f"{left} @ {right}.mT", "operand of @ transposed")
        return
    known = _ARITHMETIC.get(type(node.op))
    if known is not None:
        text = source.with_sign(node, node.left, node.right, *known)
        yield Change(node, text, f"{known[0]} becomes {known[1]}")
    yield Change(node, left, "right operand left out")
    if isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
        yield Change(node, right, "left operand left out")


def unary(node: ast.AST, source: Source) -> Iterator[Change]:
    """A sign, a negation or an inverted mask left out."""
    if isinstance(node, ast.UnaryOp) and not _number(node):
        yield Change(node, source.whole(node.operand), "negation left out")


def comparisons(node: ast.AST, source: Source) -> Iterator[Change]:
    """Another comparison: off by one, or the other way round."""
    if not isinstance(node, ast.Compare):
        return
    left = node.left
    for op, right in zip(node.ops, node.comparators, strict=True):
        sign, others = _COMPARISONS[type(op)]
        for other in others:
            yield Change(node, source.with_sign(node, left, right, sign, other), f"{sign} becomes {other}")
        left = right


def logic(node: ast.AST, source: Source) -> Iterator[Change]:
    """`and` for `or`, the two arms of a conditional expression exchanged."""
    if isinstance(node, ast.BoolOp):
        sign, other = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        operands = [source.whole(operand) for operand in node.values]
        yield Change(node, f" {other} ".join(operands), f"{sign} becomes {other}")
        for index in range(len(operands)):
            rest = operands[:index] + operands[index + 1 :]
            yield Change(node, f" {sign} ".join(rest), f"operand of {sign} left out")
    elif isinstance(node, ast.IfExp):
        text = f"{source.whole(node.orelse)} if {source.of(node.test)} else {source.whole(node.body)}"
        yield Change(node, text, "arms exchanged")


def constants(node: ast.AST, _source: Source) -> Iterator[Change]:
    """Another number, truth value or word: axes and indices off by one, signs of infinities, other factors.

    Words that are keys are left out (mutation does not come by them): a wrong key says so itself.
    """
    number = _number(node)
    if number is not None:
        for other in _other_numbers(number):
            yield Change(node, other, "another number")
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield Change(node, str(not node.value), "the other truth value")
    elif isinstance(node, ast.Constant) and isinstance(node.value, str):
        other = {"inf": "-inf", "-inf": "inf"}.get(node.value, f"not {node.value}")
        yield Change(node, repr(other), "another word")


def _number(node: ast.AST) -> int | float | None:
    """The number that a constant, or a constant with a sign, stands for."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _number(node.operand)
        return None if inner is None else -inner
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value  # type: ignore[return-value]  # the exact type was compared
    return None


def is_number(node: ast.AST) -> bool:
    """Whether a node is a number, with its sign if it has one."""
    return _number(node) is not None


def _other_numbers(number: int | float) -> list[str]:
    if isinstance(number, int):
        return [str(number + 1), str(number - 1)]
    return [repr(number + 1), *([repr(number * 2)] if number else [])]


def arguments(node: ast.AST, source: Source) -> Iterator[Change]:
    """An argument left out, two arguments exchanged, a call replaced by what it is given."""
    if not isinstance(node, ast.Call):
        return
    function = source.of(node.func)
    positional = [source.of(argument) for argument in node.args]
    keywords = [
        f"{keyword.arg}={source.of(keyword.value)}" if keyword.arg else f"**{source.of(keyword.value)}"
        for keyword in node.keywords
    ]
    for index in range(len(positional)):
        rest = positional[:index] + positional[index + 1 :]
        yield Change(node, f"{function}({', '.join(rest + keywords)})", "an argument left out")
    for index in range(len(keywords)):
        rest = keywords[:index] + keywords[index + 1 :]
        yield Change(node, f"{function}({', '.join(positional + rest)})", "an argument left out")
    for index in range(len(positional) - 1):
        swapped = [*positional]
        swapped[index], swapped[index + 1] = swapped[index + 1], swapped[index]
        yield Change(node, f"{function}({', '.join(swapped + keywords)})", "arguments exchanged")
    if isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
        yield Change(node, source.of(node.func.value), "a method not called")
    elif positional and not isinstance(node.args[0], ast.Starred):
        yield Change(node, positional[0], "a function not called")


def _is_module(node: ast.AST) -> bool:
    """Whether an expression reads like a module's name: torch, torch.nn.functional, math."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name) and node.id in ("torch", "nn", "F", "math", "super")


def in_place(node: ast.AST, source: Source) -> Iterator[Change]:
    """In place instead of a copy, and the other way round."""
    if isinstance(node, ast.AugAssign):
        target, value = source.of(node.target), source.of(node.value)
        sign = source.between(node.target, node.value).replace("=", "", 1).strip()
        yield Change(node, f"{target} = {target} {sign} ({value})", "a new object instead of in place")
    elif (
        isinstance(node, ast.Assign)
        and len(node.targets) == 1
        and isinstance(node.value, ast.BinOp)
        and type(node.value.op) in _ARITHMETIC
        and ast.dump(node.targets[0]).replace("Store", "Load") == ast.dump(node.value.left)
    ):
        sign = _ARITHMETIC[type(node.value.op)][0]
        text = f"{source.of(node.targets[0])} {sign}= {source.of(node.value.right)}"
        yield Change(node, text, "in place instead of a new object")
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and not _is_module(node.func.value):
        name = node.func.attr
        other = name.removesuffix("_") if name.endswith("_") else f"{name}_"
        if name.removesuffix("_") in _IN_PLACE:
            start = source.span(node.func.value)[1] - source.span(node)[0]
            text = source.of(node)
            yield Change(node, text[:start] + text[start:].replace(name, other, 1), "in place or not")


def gradients(node: ast.AST, source: Source) -> Iterator[Change]:
    """A value cut off from the graph."""
    if isinstance(node, ast.Return | ast.Assign) and isinstance(node.value, ast.Call | ast.BinOp):
        yield Change(node.value, f"({source.of(node.value)}).detach()", "detached")


def bounds(node: ast.AST, source: Source) -> Iterator[Change]:
    """Ranges and slices that begin or end one off."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range" and node.args:
        last = node.args[-1] if len(node.args) < 3 else node.args[1]
        if _number(last) is None:
            for text in (f"{source.whole(last)} + 1", f"{source.whole(last)} - 1"):
                yield Change(last, text, "a range one off")
        if len(node.args) == 1:
            yield Change(node, f"range(1, {source.of(last)})", "a range that begins at 1")
    elif isinstance(node, ast.Slice):
        for bound in (node.lower, node.upper):
            if bound is not None and _number(bound) is None:
                for text in (f"{source.whole(bound)} + 1", f"{source.whole(bound)} - 1"):
                    yield Change(bound, text, "a slice one off")


def statements(node: ast.AST, _source: Source) -> Iterator[Change]:
    """A statement left out; a condition that is always or never met; a loop that ends early."""
    if isinstance(node, ast.Expr | ast.Assign | ast.AugAssign | ast.Raise):
        yield Change(node, "pass", "a statement left out")
    elif isinstance(node, ast.If | ast.While):
        yield Change(node.test, "False", "a condition never met")
        if isinstance(node, ast.If):
            yield Change(node.test, "True", "a condition always met")
    elif isinstance(node, ast.Continue):
        yield Change(node, "break", "break instead of continue")
    elif isinstance(node, ast.Break):
        yield Change(node, "continue", "continue instead of break")


def decorators(node: ast.AST, source: Source) -> Iterator[Change]:
    """A decorator or a context such as `torch.no_grad()` that does nothing."""
    if isinstance(node, ast.With):
        for item in node.items:
            if item.optional_vars is None:
                yield Change(item.context_expr, "__import__('contextlib').nullcontext()", "a context left out")
    elif isinstance(node, ast.FunctionDef):
        for decorator in node.decorator_list:
            if source.of(decorator) != "property":
                yield Change(decorator, "(lambda function: function)", "a decorator left out")


OPERATORS: Final[tuple[Operator, ...]] = (
    arithmetic, unary, comparisons, logic, constants, arguments, in_place, gradients, bounds, statements, decorators,
)  # fmt: skip
