"""What Python offers a submission in a worker: no keyboard, no compiler; prints and warnings are kept."""

from __future__ import annotations

import io
import sys
import warnings
from typing import Final, NoReturn

import torch

from grader.worker.printing import Printed
from grader.worker.slips import NotCompiled, WaitsForKeyboard

SPARE_BYTES: Final = 8 * 2**20
"""What a worker keeps back of its memory, to be able to say that there is none left."""


class _NoKeyboard(io.TextIOBase):
    """Standard input that says at once that nobody types here, instead of waiting."""

    def readable(self) -> bool:
        """One may try."""
        return True

    def readline(self, _size: int | None = -1, /) -> NoReturn:
        """What `input()` calls."""
        raise WaitsForKeyboard("nobody types here")

    read = readline


def furnish(printed: Printed) -> list[bytearray]:
    """Set this process up for a submission; what is returned is the memory to let go when there is none left."""
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = printed  # type: ignore[assignment, misc]  # nobody else prints here
    sys.stdin = sys.__stdin__ = _NoKeyboard()  # type: ignore[assignment, misc]  # nobody else reads here
    sys.breakpointhook = _no_debugger
    warnings.simplefilter("always")
    warnings.showwarning = printed.warn
    torch.compile = _no_compiler
    return [bytearray(SPARE_BYTES)]


def _no_debugger(*_args: object, **_kwargs: object) -> NoReturn:
    raise WaitsForKeyboard("nobody types here")


def _no_compiler(*_args: object, **_kwargs: object) -> NoReturn:
    raise NotCompiled("torch.compile is not available here")
