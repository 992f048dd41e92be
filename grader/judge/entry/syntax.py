"""Reads a text as Python, and shows the place where that fails. Runs nothing of it."""

from __future__ import annotations

import ast
import unicodedata
import warnings
from typing import Final

from grader.judge.entry.submission import InvalidSubmission, Submission
from grader.text import Text, both

LINE_LIMIT: Final = 200
"""Longest line of code that is shown."""
_PLAIN: Final = {
    "。": ".",
    "、": ",",
    "“": '"',
    "”": '"',
    "‘": "'",
    "’": "'",
    "【": "[",
    "】": "]",
    "《": "<",
    "》": ">",
    "−": "-",
    "×": "*",
}
"""What is meant by characters that are not the wide form of one of ASCII's."""


def parse(submission: Submission) -> ast.Module:
    """The syntax tree. Raises InvalidSubmission, with the line and a mark under the place, where it is not Python."""
    name = submission.name
    if not submission.source.strip():
        raise InvalidSubmission(both("{path} is empty", path=name))
    before, nul, _ = submission.source.partition("\0")
    if nul:  # Pythons differ in how they refuse it, and none says where
        line = before.count("\n") + 1
        text = both("{path} is not valid Python: line {line}: {error}", path=name, line=line, error="NUL byte")
        raise InvalidSubmission(text, code_frame(submission.source, line))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in a string is for the learner's editor to mark
            return ast.parse(submission.source)
    except SyntaxError as error:
        line = error.lineno or 1
        frame = code_frame(submission.source, line, error.offset)
        told = _full_width(submission.source, line, error.offset or 0)
        if told is not None:
            text = both("{path} is not valid Python: {told} ({error})", path=name, told=told, error=error.msg)
        else:
            text = both("{path} is not valid Python: line {line}: {error}", path=name, line=line, error=error.msg)
        raise InvalidSubmission(text, frame) from None
    except (ValueError, RecursionError, MemoryError) as error:
        text = both("{path} is not valid Python: {error}", path=name, error=str(error) or type(error).__name__)
        raise InvalidSubmission(text) from None


def _full_width(source: str, line: int, column: int) -> Text | None:
    """What to write for a character that an input method puts where Python knows only its plain form."""
    lines = source.splitlines()
    char = lines[line - 1][column - 1 : column] if line <= len(lines) and column else ""
    if not char or char.isascii():
        return None
    if unicodedata.category(char) in ("Zs", "Cf"):
        code = f"{ord(char):04X}"
        return both("line {line} has a space that is no plain one (U+{code}); write an ordinary space",
                    line=line, code=code)  # fmt: skip
    plain = _PLAIN.get(char) or unicodedata.normalize("NFKC", char)
    if len(plain) != 1 or not plain.isascii() or plain.isalnum():
        return None
    return both("line {line} has the full-width character “{char}”; write {ascii}", line=line, char=char, ascii=plain)


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
