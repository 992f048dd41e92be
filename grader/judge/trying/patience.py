"""How long trusted code may compute in this process: some mistakes never end."""

from __future__ import annotations

import contextlib
import gc
import signal
from collections.abc import Iterator
from typing import Final

CALL_SECONDS: Final = 2.0
"""How long a variant may take on one case."""


class TakesTooLong(BaseException):
    """A variant is still at it. No Exception: with those, functions of ours that are called back answer."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise TakesTooLong when this block has computed for so long (other processes' time does not count).

    Inside a call of the variant it becomes that call's answer, as any exception does, and is raised again at the end of
    the block; where something swallows it, it comes again. Meanwhile no garbage is collected: that would be other
    people's time, and its callbacks swallow.
    """
    over = False

    def stop(_signal: int, _frame: object) -> None:
        nonlocal over
        over = True
        raise TakesTooLong

    before, collecting = signal.signal(signal.SIGPROF, stop), gc.isenabled()
    gc.disable()
    signal.setitimer(signal.ITIMER_PROF, seconds, seconds / 4)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
        if collecting:
            gc.enable()
    if over:
        raise TakesTooLong
