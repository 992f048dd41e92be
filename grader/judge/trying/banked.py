"""Tries a property on its whole bank, in a worker."""

from __future__ import annotations

from typing import Final

from grader import wire
from grader.judge.bank.loading import Property, Reference
from grader.judge.bank.recording import BankedCase
from grader.judge.trying.trial import Sources, Trial, try_case
from grader.judge.workers.channels import Recorded, WorkerChannel
from grader.judge.workers.worker import Worker

TRANSCRIPT_BYTES: Final = 8 * 2**20
"""How much of a property's answers is kept for the diagnosis."""
ONWARDS_COST: Final = 3_000
"""How many messages a property that has failed may take before no more of its cases are tried."""


def try_bank(
    property_: Property, bank: list[BankedCase], worker: Worker, reference: Reference, sources: Sources, *,
    onwards: bool = False,
) -> list[Trial]:  # fmt: skip
    """Try a property on its bank, up to the first case on which it does not hold; with `onwards`, on the others too.

    A worker that has crashed or run out of time answers nothing more: that trial is the last one. Code that has failed
    and talks without end is not heard to the end.
    """
    trials: list[Trial] = []
    failed, cost, size = False, 0, 0
    for index, banked in enumerate(bank):
        recorded = Recorded(banked.exchanges, index, reference.channel)
        trial = try_case(property_, WorkerChannel(worker, index), recorded, banked.case, sources)
        size += sum(_size(heard.reply.value) for heard in trial.heard or () if isinstance(heard.reply, wire.Returned))
        trials.append(trial if size <= TRANSCRIPT_BYTES else Trial(trial.fault, None, trial.cost))
        failed, cost = failed or trial.fault is not None, cost + trial.cost
        over = cost > ONWARDS_COST or size > TRANSCRIPT_BYTES
        if failed and (not onwards or over or (trial.fault is not None and trial.fault.final)):
            break
    return trials


def _size(value: wire.Value) -> int:
    """About how many bytes a value holds."""
    if isinstance(value, wire.Tensor):
        return len(value.data)
    if isinstance(value, wire.Items):
        return sum(map(_size, value.items))
    if isinstance(value, wire.Mapping):
        return sum(_size(item) for _, item in value.items)
    return len(value) if isinstance(value, str) else 8
