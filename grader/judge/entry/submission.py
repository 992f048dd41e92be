"""A submission is a text with a name. Front ends read it once; the judge opens no file of a learner's."""

from __future__ import annotations

import ast
import hashlib
import io
import os
import stat
import tokenize
import warnings
from pathlib import Path
from typing import Final

import msgspec

from grader.text import Text, both

SIZE_LIMIT: Final = 2**20
"""Largest file in bytes."""
_GUESS: Final = "gb18030"
"""What an undeclared text that is not UTF-8 may be: the encoding of a Chinese Windows (GBK), with all that it lacks."""


class InvalidSubmission(Exception):
    """The text cannot be graded. `text` says why, `traceback` shows where."""

    def __init__(self, text: Text, traceback: str = "") -> None:
        super().__init__(text["en"])
        self.text, self.traceback = text, traceback


class Submission(msgspec.Struct, frozen=True):
    """What was handed in: how it is called, what it says, and the hash of the bytes that it came in.

    `location` is the file that it was read from, if there is one, as bytes: a debug script names it, nothing opens it.
    `note` says how it was read where that has to be said.
    """

    name: str
    source: str
    sha256: str
    location: bytes = b""
    note: Text | None = None


def read_submission(path: Path) -> Submission:
    """Read a file. Raises InvalidSubmission for what is not a Python text of reasonable size."""
    name = nameable(str(path))
    try:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode):
            raise InvalidSubmission(both("{path} is a symbolic link; submit the file itself", path=name))
        if not stat.S_ISREG(status.st_mode):
            raise InvalidSubmission(both("{path} is not a file; submit one .py file", path=name))
        if status.st_size > SIZE_LIMIT:
            text = both(
                "{path} has {size} bytes, more than the limit of {limit}; submit source code only",
                path=name, size=status.st_size, limit=SIZE_LIMIT,
            )  # fmt: skip
            raise InvalidSubmission(text)
        data = path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise InvalidSubmission(both("{path} cannot be read: {error}", path=name, error=reason)) from None
    source, note = decode(data, name)
    return Submission(name, source, hashlib.sha256(data).hexdigest(), os.fsencode(path.absolute()), note)


def submission_of(source: str, name: str) -> Submission:
    """A text that comes from no file: a cell, a member of an archive, a variant of a reference."""
    return Submission(name, _unix(source), hashlib.sha256(source.encode("utf-8", "surrogatepass")).hexdigest())


def decode(data: bytes, name: str) -> tuple[str, Text | None]:
    """The text of a file as Python reads it (a declared encoding, a BOM, else UTF-8), and a note where it was a guess.

    What is declared nowhere and not UTF-8 is read as GBK if that makes a Python file of it. Raises InvalidSubmission.
    """
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError:
        encoding = ""  # a declaration that Python refuses, or a first line that is not UTF-8
    try:
        return _unix(data.decode(encoding or "utf-8")), None
    except (UnicodeDecodeError, LookupError):
        pass
    if encoding in ("", "utf-8") and (guessed := _guessed(data)) is not None:
        return guessed, both("{path} is not UTF-8 and was read as GBK; better save it as UTF-8", path=name)
    if encoding not in ("", "utf-8", "utf-8-sig"):
        text = both("{path} says that it is {encoding}, and is not; save it as UTF-8", path=name, encoding=encoding)
        raise InvalidSubmission(text)
    line = _first_line_not_utf8(data)
    raise InvalidSubmission(both("{path} is not UTF-8 text (line {line}); save it as UTF-8", path=name, line=line))


def _guessed(data: bytes) -> str | None:
    try:
        source = data.decode(_GUESS)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except (UnicodeDecodeError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return _unix(source)


def _first_line_not_utf8(data: bytes) -> int:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return data[: error.start].count(b"\n") + 1
    return 1


def _unix(source: str) -> str:
    """The text with the line ends of this system."""
    return source.replace("\r\n", "\n").replace("\r", "\n")


def nameable(path: str) -> str:
    """The path with bytes that are not UTF-8 spelled out, so that a report can name it."""
    if path.isascii():
        return path
    try:
        return os.fsencode(path).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half a character that no file system has
        return path.encode("utf-8", "backslashreplace").decode("utf-8")
