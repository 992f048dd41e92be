"""Where a process is: asked for by a signal, answered below Python, on a pipe.

The answer needs nothing of the interpreter, not even that it comes to the next line, so that a loop in C is found as
well. It is written by the process that runs the submission: data, bounded where it is read, and never trusted.
"""

from __future__ import annotations

import faulthandler
import signal
from typing import Final

SIGNAL: Final = getattr(signal, "SIGUSR1", None)
"""None where there are no such signals."""


def answer_on(descriptor: int) -> None:
    """From now on, write the lines at which this process is to a descriptor whenever it is asked."""
    if SIGNAL is not None:
        faulthandler.register(SIGNAL, file=descriptor, all_threads=False, chain=False)
