"""Catches what the submission prints, up to a limit."""

from __future__ import annotations

import io

from grader.wire import TEXT_LIMIT, clean


class Printed(io.TextIOBase):
    """A text stream that keeps the first characters since it was last taken, and counts no more than that."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._room = TEXT_LIMIT
        self._cut = False

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, text: str) -> int:
        """Keep what fits."""
        if self._room > 0:
            self._parts.append(text[: self._room])
        self._cut = self._cut or len(text) > self._room
        self._room = max(0, self._room - len(text))
        return len(text)

    def take(self) -> str:
        """What was written since the last time."""
        if not self._parts:
            return ""
        text = clean("".join(self._parts)) + (" …" if self._cut else "")
        self._parts, self._room, self._cut = [], TEXT_LIMIT, False
        return text
