"""Looks for the smallest input on which a property fails in the same way."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
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


class _Found(Exception):
    """Hypothesis is to make this input smaller."""


def shrink(
    property_: Property, fault: Fault, reference: Reference, sources: Sources, *, seed: int, cases: int,
    renew: Callable[[], Worker | None], spent: Callable[[], bool], restarts: int = 2,
) -> Fault:  # fmt: skip
    """The same bug on the smallest input that Hypothesis finds, drawing the same cases anew.

    `renew` makes a worker; it gives None when that cannot be done (any more), and then the search is over. It is over,
    too, when more than `restarts` workers crashed or hung.
    """
    smallest = fault
    worker = None if spent() else renew()
    tried = since = cost = ended = 0

    @hypothesis.seed(seed)
    @settings(cases, Phase.generate, Phase.shrink)
    @hypothesis.given(case=property_.strategy)
    def search(case: Any) -> None:
        nonlocal smallest, worker, tried, since, cost, ended
        if worker is None or since > SHRINK_TRIALS or cost > SHRINK_COST or ended > restarts or spent():
            return
        since += since > 0
        tried += 1
        live = reference.channel()
        live.case = tried
        trial = try_case(property_, WorkerChannel(worker, tried), live, case, sources)
        found, cost = trial.fault, cost + trial.cost
        if found is None:
            return
        if found.kind in ("crashed", "timeout"):
            ended += 1
            worker.end()
            worker = renew() if ended <= restarts else None
            return
        if found.key == fault.key:
            since = since or 1
            smallest = found
            raise _Found

    try:
        with contextlib.suppress(_Found, hypothesis.errors.Flaky, hypothesis.errors.FlakyStrategyDefinition):
            search()
    finally:
        if worker is not None:
            worker.end()
    return smallest
