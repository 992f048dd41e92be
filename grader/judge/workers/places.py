"""Where a submission is while it takes too long: reads what its worker wrote when it was asked."""

from __future__ import annotations

import os
import re
import select
import time
from collections.abc import Mapping
from typing import Final

from grader import wire
from grader.text import Text, both

ANSWER_SECONDS: Final = 0.5
"""How long to wait for the answer: code that hangs in the kernel gives none."""
_QUIET_SECONDS: Final = 0.05
_BYTES: Final = 2**16
_LINE: Final = re.compile(rb'^  File "(.{1,600})", line (\d{1,7}) in (.{1,600})$', re.MULTILINE)


class Places:
    """The reading end of a pipe on which a worker answers, and the writing end until the worker has it."""

    def __init__(self) -> None:
        self._reading, self.writing = os.pipe()
        os.set_blocking(self._reading, False)

    def handed_over(self) -> None:
        """The worker has the other end."""
        if self.writing >= 0:
            os.close(self.writing)
            self.writing = -1

    def close(self) -> None:
        """Nobody asks any more."""
        self.handed_over()
        if self._reading >= 0:
            os.close(self._reading)
            self._reading = -1

    def frames(self, names: Mapping[str, str]) -> list[wire.Frame]:
        """The learner's lines, innermost last, once it has been asked.

        `names` are what frames call the files that a worker knows by name.
        """
        known = {path.encode("ascii", "backslashreplace"): name for path, name in names.items()}
        found = [
            wire.Frame(int(line), function.decode("ascii", "replace")[:200], known[path])
            for path, line, function in _LINE.findall(self._read(ANSWER_SECONDS))
            if path in known
        ]
        return found[: wire.FRAMES_LIMIT][::-1]

    def _read(self, seconds: float) -> bytes:
        """What is there within so many seconds, until nothing more comes."""
        data, ends = b"", time.monotonic() + seconds
        poll = select.poll()
        poll.register(self._reading, select.POLLIN)
        while len(data) < _BYTES:
            wait = _QUIET_SECONDS if data else max(0.0, ends - time.monotonic())
            if not poll.poll(wait * 1000):
                break
            part = os.read(self._reading, _BYTES - len(data))
            if not part:
                break
            data += part
            if time.monotonic() > ends + seconds:  # it writes and writes
                break
        return data


def place_of(frame: wire.Frame) -> Text:
    """`line 3, in f`."""
    if frame.function == "<module>":
        return both("line {line}", line=frame.line)
    return both("line {line}, in {function}", line=frame.line, function=frame.function)
