"""Catches what the submission prints, up to a limit, and what it is warned of."""

from __future__ import annotations

import io
from pathlib import PurePath

from grader.wire import TEXT_LIMIT, clean


class Printed(io.TextIOBase):
    """A text stream that keeps the first characters since it was last taken, and counts the lines of all of them."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._room = TEXT_LIMIT
        self._cut = False
        self._lines = 0
        self._warned: set[str] = set()

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Keep what fits."""
        if self._room > 0:
            self._parts.append(text[: self._room])
        self._cut = self._cut or len(text) > self._room
        self._room = max(0, self._room - len(text))
        self._lines += text.count("\n")
        return len(text)

    def warn(
        self, message: Warning | str, category: type[Warning], filename: str, lineno: int,
        file: object = None, line: str | None = None,  # noqa: ARG002  # the signature of `warnings.showwarning`
    ) -> None:  # fmt: skip
        """What `warnings` calls: a line for each warning, once a case."""
        said = str(message).partition(" (Triggered internally at ")[0]  # a place in torch's own sources
        text = f"{PurePath(filename).name}:{lineno}: {category.__name__}: {said}\n"
        if text not in self._warned and len(self._warned) < TEXT_LIMIT:
            self._warned.add(text)
            self.write(text)

    def begin(self) -> None:
        """Another case: what it is warned of counts anew."""
        if self._warned:
            self._warned.clear()

    def take(self) -> tuple[str, int]:
        """What was written since the last time, and how many lines that were in all."""
        if not self._parts:
            return "", 0
        text, lines = clean("".join(self._parts)) + (" …" if self._cut else ""), self._lines
        self._parts, self._room, self._cut, self._lines = [], TEXT_LIMIT, False, 0
        return text, lines
