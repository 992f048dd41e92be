"""How long a submission may take: its own time counts, not the time in which a busy machine gave it no core."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grader import wire
from grader.formats import Limits
from grader.text import Text

LOOK_SECONDS: Final = 0.5
LOOK_SHARE: Final = 0.3
"""How often, at most, and in which share of its limit it is looked where a call is, if one has run out before."""
MOST_EXCUSED: Final = 10
"""A limit grows to eleven times its length at most, however busy the machine is."""


def starved(process: str) -> float:
    """For how many seconds of its life a process (a pid, `self`) was ready to run and had to wait for a core.

    0 where the kernel does not say.
    """
    return _scheduled(process)[1]


def computed(process: str) -> float:
    """For how many seconds of its life a process has had a core; 0 where the kernel does not say."""
    return _scheduled(process)[0]


def _scheduled(process: str) -> tuple[float, float]:
    try:
        ran, waited, _ = Path("/proc", process, "schedstat").read_text(encoding="ascii").split()
        return int(ran) / 1e9, int(waited) / 1e9
    except (OSError, ValueError):
        return 0.0, 0.0


@dataclass(slots=True, frozen=True)
class Hung:
    """A call that ran out of time: where it was, and how that is told, once."""

    frames: list[wire.Frame]
    text: Text

    def at(self, frames: list[wire.Frame]) -> bool:
        """Whether something is there too: in one of the same functions."""
        mine = {(frame.path, frame.function) for frame in self.frames}
        return any((frame.path, frame.function) in mine for frame in frames)


@dataclass(slots=True)
class Budget:
    """How long one call and the whole exercise may take; the clock starts with the first worker."""

    limits: Limits
    ends: float = 0.0
    printed: int = 0
    """Lines that its calls have printed."""
    silent: bool = False
    """Whether it was asked where it is, and did not answer: it is not asked again."""
    hung: list[Hung] = field(default_factory=list)
    judge_waited: float = field(default_factory=lambda: starved("self"))

    def call(self, worker: str) -> Deadline:
        """The deadline of the next call in a worker."""
        now = time.monotonic()
        self.ends = self.ends or now + self.limits.exercise_seconds
        return Deadline(self, worker, now + self.limits.call_seconds)

    def excused(self, worker: str) -> float:
        """Seconds in which the judge, since the clock started, or the worker, in its life, got no core."""
        return starved("self") - self.judge_waited + (starved(worker) if worker else 0.0)

    def over(self, worker: str = "") -> bool:
        """Whether the exercise's time is over."""
        return bool(self.ends) and _left(self.ends, self.limits.exercise_seconds, self, worker) <= 0


@dataclass(slots=True, frozen=True)
class Deadline:
    """When a call must have ended. What is excused is looked up only once it is late."""

    budget: Budget
    worker: str
    ends: float

    def remaining(self) -> float:
        """Seconds that are left; 0 or less when it is over."""
        limits = self.budget.limits
        return min(
            _left(self.ends, limits.call_seconds, self.budget, self.worker),
            _left(self.budget.ends, limits.exercise_seconds, self.budget, self.worker),
        )


class Watched:
    """A deadline that comes early where a call is found in a function in which one has run out of time before.

    It is looked for again and again, once the worker has computed for long enough.
    """

    def __init__(self, deadline: Deadline, hangs_again: Callable[[], bool]) -> None:
        self._deadline, self._hangs_again = deadline, hangs_again
        self._every = max(LOOK_SECONDS, deadline.budget.limits.call_seconds * LOOK_SHARE)
        self._next = time.monotonic() + self._every
        self._computed = computed(deadline.worker)
        self._over = False

    def remaining(self) -> float:
        """Seconds that are left; 0 or less when it is over."""
        left = self._next - time.monotonic()
        if not self._over and left <= 0:
            self._next += self._every - left
            left = self._every
            if computed(self._deadline.worker) - self._computed >= self._every / 2:
                self._over = self._hangs_again()
        return 0.0 if self._over else min(left, self._deadline.remaining())


def _left(ends: float, length: float, budget: Budget, worker: str) -> float:
    left = ends - time.monotonic()
    return left if left > 0 else left + min(budget.excused(worker), MOST_EXCUSED * length)


def deadline_in(seconds: float) -> Deadline:
    """A deadline of the grader's own."""
    return Budget(Limits(call_seconds=seconds, exercise_seconds=seconds)).call("")
