"""Processes of ours never outlive the one that started them, however that ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
import time
from collections.abc import Collection
from typing import Final

PR_SET_PDEATHSIG: Final = 1
_LOOK_SECONDS: Final = 0.5


def end_with(parent: int) -> None:
    """Have this process killed as soon as its parent (a process number) is gone.

    Linux does it. Elsewhere a thread looks twice a second: call it there only after everything that has to be forked
    from a single-threaded process.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it ended before we asked
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)


def close_inherited(kept: Collection[int]) -> None:
    """Close every descriptor above standard error but those that are `kept`."""
    below = 3
    for descriptor in sorted(kept):
        os.closerange(below, descriptor)
        below = max(below, descriptor + 1)
    os.closerange(below, 2**16)
