"""Looks for the smallest input on which a property fails in the same way."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import hypothesis
from hypothesis import Phase

from grader.judge.bank.drawing import settings
from grader.judge.bank.loading import Property, Reference
from grader.judge.trying.trial import Fault, Sources, try_case
from grader.judge.workers.channels import WorkerChannel
from grader.judge.workers.worker import Worker

SHRINK_TRIALS: Final = 300
"""How many further inputs are tried to make a counterexample smaller: a count, not a time, so that reports repeat."""

SHRINK_COST: Final = 3_000
"""How many messages these may take together."""


CLEAR_COST: Final = 1_000
"""How many of them may go to looking for an input on which a difference that is hard to see is a plain one."""


class _Found(Exception):
    """Hypothesis is to make this input smaller."""


@dataclass
class _Spending:
    """What is left to try with: a worker, and what was asked of all so far."""

    worker: Worker | None
    tried: int = 0
    cost: int = 0
    ended: int = 0


def shrink(
    property_: Property, fault: Fault, reference: Reference, sources: Sources, *, seed: int, cases: int,
    renew: Callable[[], Worker | None], spent: Callable[[], bool], restarts: int = 2, elsewhere: bool = True,
) -> Fault:  # fmt: skip
    """The same bug on the smallest input that Hypothesis finds, drawing the same cases anew.

    A difference that is plain to see stays so; one that is not is first looked for where it is, if it may be so
    `elsewhere`, and made smaller as it was only if there is no such place. `renew` makes a worker; it gives None when
    that cannot be done (any more), and then the search is over. It is over, too, when more than `restarts` workers
    crashed or hung.
    """
    spending = _Spending(None if spent() else renew())

    def smaller(*, clear: bool, limit: int) -> Fault | None:
        """The smallest input on which the bug shows; with `clear`, on which it shows plainly."""
        smallest: Fault | None = None
        since = 0

        @hypothesis.seed(seed)
        @settings(cases, Phase.generate, Phase.shrink)
        @hypothesis.given(case=property_.strategy)
        def search(case: Any) -> None:
            nonlocal smallest, since
            worker = spending.worker
            if worker is None or since > SHRINK_TRIALS or spending.cost > limit or spent():
                return
            since += since > 0
            spending.tried += 1
            live = reference.channel()
            live.case = spending.tried
            trial = try_case(property_, WorkerChannel(worker, spending.tried), live, case, sources)
            found, spending.cost = trial.fault, spending.cost + trial.cost
            if found is None:
                return
            if found.kind in ("crashed", "timeout"):
                spending.ended += 1
                worker.end()
                spending.worker = renew() if spending.ended <= restarts else None
                return
            if found.key == fault.key and (found.clear or not clear):
                since = since or 1
                smallest = found
                raise _Found

        with contextlib.suppress(_Found, hypothesis.errors.Flaky, hypothesis.errors.FlakyStrategyDefinition):
            search()
        return smallest

    try:
        found: Fault | None = None
        if fault.clear or elsewhere:
            found = smaller(clear=True, limit=SHRINK_COST if fault.clear else CLEAR_COST)
        if found is None and not fault.clear:
            found = smaller(clear=False, limit=SHRINK_COST)
        return found or fault
    finally:
        if spending.worker is not None:
            spending.worker.end()
