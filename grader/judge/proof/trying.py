"""Tries wrong variants: trusted ones in this process, mutants in workers, which may hang and die."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from pathlib import Path

import msgspec

from grader import wire
from grader.course import Limits
from grader.judge.bank.loading import Property, Reference
from grader.judge.entry.submission import Submission, parse
from grader.judge.explain.diagnosis import CALL_SECONDS, TakesTooLong, within
from grader.judge.grading import Grader
from grader.judge.results import Failure
from grader.judge.trying.attempt import Attempt, best_first
from grader.judge.trying.trial import Fault, Trial, attempt, first_fault, replay
from grader.judge.workers.channels import LocalChannel, Replay
from grader.judge.workers.deadlines import Budget
from grader.judge.workers.worker import ForbiddenReached, Worker, WorkerFailure
from grader.text import both

MUTANT_LIMITS = Limits(call_seconds=1.0, exercise_seconds=20.0, memory_mib=1024)


def attempts_here(grader: Grader, base: Reference, variant: Reference) -> list[Attempt]:
    """All properties tried in this process on a variant of `base`, under every convention; the best comes first.

    Only what a diagnosis would look at first is tried to the end: the attempt under `base`, and any that is worth more.
    """
    conventions = sorted(grader.conventions, key=lambda one: one[0] is not base)
    attempts: list[Attempt] = []
    for one, title in conventions:
        tried = Attempt(one, title)
        _fill(tried, grader, functools.partial(_trials_here, grader, one, variant, onwards=one is base))
        attempts.append(tried)
        if not tried.faults:
            break
    best = best_first(attempts, grader.properties)
    if best[0].reference is not base and best[0].faults:
        again = Attempt(best[0].reference, best[0].title)
        _fill(again, grader, functools.partial(_trials_here, grader, again.reference, variant, onwards=True))
        best[0] = again
    return best


def _trials_here(
    grader: Grader, base: Reference, variant: Reference, one: Property, *, onwards: bool
) -> list[Trial]:  # fmt: skip
    trials = []
    for index, banked in enumerate(grader.bank(base)[one.id]):
        channel: LocalChannel = variant.channel()
        channel.case = index
        recorded = Replay(banked.exchanges, index, base.channel)
        try:
            with within(CALL_SECONDS):
                trials.append(attempt(one, channel, recorded, banked.case, variant.source))
        except TakesTooLong:
            text = both("one call took longer than {seconds:g} s", seconds=CALL_SECONDS)
            trials.append(Trial(Fault("timeout", "timeout", Failure(text)), [], 1))
            break
        if trials[-1].fault is not None and (one.grading.star or not onwards):
            break
    return trials


def _fill(tried: Attempt, grader: Grader, try_one: Callable[[Property], list[Trial]]) -> None:
    for one in grader.properties:
        unmet = tried.unmet(one)
        if unmet is not None:
            tried.blocked[one.id] = unmet
            continue
        tried.trials[one.id] = try_one(one)
        fault = first_fault(tried.trials[one.id])
        if fault is not None:
            tried.faults[one.id] = fault


def killers_of(grader: Grader, source: str) -> list[str] | None:
    """The properties that fail on a text in a worker, under the first convention; None: it is no such module.

    A text that is right under another convention is killed by nothing.
    """
    workers = _Workers(grader, source)
    try:
        (base, title), *others = grader.conventions
        tried = Attempt(base, title)
        _fill(tried, grader, functools.partial(workers.trials, base))
        killers = [one.id for one in grader.properties if one.id in tried.faults]
        right = killers and any(
            all(first_fault(workers.trials(other, one)) is None for one in grader.properties) for other, _ in others
        )
        return [] if right else killers
    except _DoesNotLoad:
        return None
    finally:
        workers.end()


class _DoesNotLoad(Exception):
    """A text that is no module, or lacks what is asked for, or reaches what is forbidden."""


class _Workers:
    """One worker for all properties of a text; another when it has ended."""

    def __init__(self, grader: Grader, source: str) -> None:
        self._grader, self._source = grader, source
        mutant = Submission(Path("mutant.py"), source, "")
        needed = grader.needed(mutant, parse(mutant), grader.exercise.hidden / "solutions")
        load = msgspec.structs.replace(grader.load(mutant, needed), guarded=[])
        self._pool = grader.pool(Budget(MUTANT_LIMITS), load)
        self._worker: Worker | None = None

    def trials(self, base: Reference, one: Property) -> list[Trial]:
        """A property's trials up to the first that fails."""
        worker = self._ready()
        try:
            trials = replay(one, self._grader.bank(base)[one.id], worker, base, self._source)
        except ForbiddenReached:
            raise _DoesNotLoad from None
        fault = first_fault(trials)
        if fault is not None and fault.kind in ("crashed", "timeout"):
            self.end()
        return trials

    def _ready(self) -> Worker:
        if self._worker is None:
            self._worker = self._pool.take(more=False)
            try:
                loaded = self._worker.start()
            except WorkerFailure:
                raise _DoesNotLoad from None
            if isinstance(loaded, wire.Raised):
                raise _DoesNotLoad
        # A case of its own in between: the first case of a property has the number of another's.
        with contextlib.suppress(WorkerFailure):
            self._worker.request(wire.Get(-2, None, ""), {})
        return self._worker

    def end(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None
