"""How long a submission may take: its own time counts, not the time in which a busy machine gave it no core."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from grader.formats import Limits

MOST_EXCUSED: Final = 10
"""A limit grows to eleven times its length at most, however busy the machine is."""


def starved(process: str) -> float:
    """For how many seconds of its life a process (a pid, `self`) was ready to run and had to wait for a core.

    0 where the kernel does not say.
    """
    try:
        _, waited, _ = Path("/proc", process, "schedstat").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return 0.0
    return int(waited) / 1e9


@dataclass(slots=True)
class Budget:
    """How long one call and the whole exercise may take; the clock starts with the first worker."""

    limits: Limits
    ends: float = 0.0
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


def _left(ends: float, length: float, budget: Budget, worker: str) -> float:
    left = ends - time.monotonic()
    return left if left > 0 else left + min(budget.excused(worker), MOST_EXCUSED * length)


def deadline_in(seconds: float) -> Deadline:
    """A deadline of the grader's own."""
    return Budget(Limits(call_seconds=seconds, exercise_seconds=seconds)).call("")
