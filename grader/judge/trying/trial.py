"""Tries properties on a submission: the bank replayed, and what failed shrunk."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal

import hypothesis
import msgspec
from hypothesis import Phase

from grader import wire
from grader.judge.bank.drawing import settings
from grader.judge.bank.loading import Property, Reference
from grader.judge.bank.recording import BankedCase
from grader.judge.entry.submission import LINE_LIMIT
from grader.judge.results import Failure, GraderError
from grader.judge.trying.showing import show, show_case
from grader.judge.workers.channels import Functions, Replay, WorkerChannel
from grader.judge.workers.worker import ForbiddenReached, Worker, WorkerFailure
from grader.kit.assertions import Mismatch
from grader.kit.modules import Channel, Module, SubmissionError
from grader.text import both

SHRINK_ATTEMPTS: Final = 300
"""How many further inputs are tried to make a counterexample smaller: a count, not a time, so that reports repeat."""

SHRINK_COST: Final = 3_000
"""How many messages these may take together."""
TRANSCRIPT_BYTES: Final = 8 * 2**20
"""How much of a property's answers is kept for the diagnosis."""
ONWARDS_COST: Final = 3_000
"""How many messages a property that has failed may take before no more of its cases are tried."""

Kind = Literal["mismatch", "raised", "not_implemented", "crashed", "timeout"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure with what the judge needs to know of it: its kind, and a key that tells one bug from another."""

    kind: Kind
    key: str
    failure: Failure
    case: Any = None

    @property
    def final(self) -> bool:
        """Whether the worker is gone, or the rest can be told without asking it."""
        return self.kind in ("crashed", "timeout", "not_implemented") or self.key == "raised:protocol"


@dataclass(slots=True)
class Heard:
    """A question, its answer, and whether the property looked at which arguments the call changed."""

    request: wire.Request
    functions: Functions
    reply: wire.Reply
    changes_matter: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """One case tried: what went wrong, if anything did, and what was asked and answered until then."""

    fault: Fault | None
    heard: list[Heard] | None
    """None where there was too much of it to keep."""
    cost: int
    """Messages that it took, calls back to the judge included: what there is to bound without looking at a clock."""


class _Listening:
    """Writes down what is asked and answered on one case."""

    def __init__(self, channel: Channel) -> None:
        self.case = channel.case
        self._channel = channel
        self._prints: list[str] = []
        self.heard: list[Heard] = []
        self.cost = 0

    def request(self, request: wire.Request, functions: Functions) -> wire.Reply:
        self.cost += 1
        reply = self._channel.request(request, {number: self._counted(one) for number, one in functions.items()})
        self.heard.append(Heard(request, functions, reply))
        if reply.prints:
            self._prints.append(reply.prints)
        return reply

    def _counted(self, function: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object) -> object:
            self.cost += 1
            return function(*args)

        return call

    def changes_matter(self, reply: wire.Reply) -> None:
        for heard in self.heard:
            heard.changes_matter = heard.changes_matter or heard.reply is reply

    @property
    def prints(self) -> str:
        return "".join(self._prints)[: wire.TEXT_LIMIT]


def attempt(one: Property, submission: Channel, reference: Channel, case: Any, source: str) -> Trial:
    """Try a property on one case. Raises ForbiddenReached and GraderError."""
    listening = _Listening(submission)
    fault = _fault_on(one, listening, reference, case, source)
    return Trial(fault, listening.heard, listening.cost)


def _fault_on(one: Property, listening: _Listening, reference: Channel, case: Any, source: str) -> Fault | None:
    try:
        one.function(submission=Module(listening), reference=Module(reference), case=case)
    except Mismatch as error:
        failure = Failure(error.text, error.quantity, show(error.expected), show(error.actual), error.index)
        return _fault("mismatch", error.quantity, failure, case, listening)
    except SubmissionError as error:
        if error.channel is not listening:  # the reference raised, on what was returned
            return _stopped(error, case, listening)
        missing = "NotImplementedError" in error.bases
        text = both("still raises NotImplementedError") if missing else both(
            "raised {error}: {message}", error=error.type_name, message=error.reply.message)  # fmt: skip
        failure = Failure(text, traceback=traceback(error.reply.frames, source))
        return _fault("not_implemented" if missing else "raised", error.type_name, failure, case, listening)
    except WorkerFailure as error:
        frames = error.reply.frames if error.reply else []
        failure = Failure(error.text, traceback=traceback(frames, source))
        kinds: dict[str, Kind] = {"crashed": "crashed", "timeout": "timeout", "protocol": "raised"}
        return _fault(kinds[error.kind], error.kind, failure, case, listening)
    except (ForbiddenReached, GraderError):
        raise
    except AssertionError as error:
        failure = Failure(both("the check failed: {error}", error=str(error) or one.id))
        return _fault("mismatch", "", failure, case, listening)
    except Exception as error:
        return _stopped(error, case, listening)
    return None


def _stopped(error: Exception, case: Any, listening: _Listening) -> Fault:
    """The property held on this very case for the reference, so what was returned made the difference."""
    name = type(error).__name__
    text = both("the check stopped on what was returned: {error}: {message}", error=name, message=error)
    return _fault("mismatch", "", Failure(text), case, listening)


def _fault(kind: Kind, key: str, failure: Failure, case: Any, listening: _Listening) -> Fault:
    complete = msgspec.structs.replace(failure, counterexample=show_case(case), prints=listening.prints)
    return Fault(kind, f"{kind}:{key}", complete, case)


def traceback(frames: list[wire.Frame], source: str) -> str:
    """The lines of the submission that an exception passed, innermost last."""
    lines = source.splitlines()
    shown = []
    for frame in frames:
        code = lines[frame.line - 1].strip()[:LINE_LIMIT] if 0 < frame.line <= len(lines) else ""
        shown.append(f"line {frame.line}, in {frame.function}\n    {code}")
    return "\n".join(shown)


def replay(
    one: Property, bank: list[BankedCase], worker: Worker, reference: Reference, source: str, *, onwards: bool = False
) -> list[Trial]:  # fmt: skip
    """Try a property on its bank, up to the first case on which it does not hold; with `onwards`, on the others too.

    A worker that has crashed or run out of time answers nothing more: that trial is the last one. Code that has failed
    and talks without end is not heard to the end.
    """
    trials: list[Trial] = []
    failed, cost, size = False, 0, 0
    for index, banked in enumerate(bank):
        recorded = Replay(banked.exchanges, index, reference.channel)
        trial = attempt(one, WorkerChannel(worker, index), recorded, banked.case, source)
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


def first_fault(trials: list[Trial]) -> Fault | None:
    """What went wrong first."""
    return next((trial.fault for trial in trials if trial.fault is not None), None)


class _Found(Exception):
    """Hypothesis is to make this input smaller."""


def shrink(
    one: Property, fault: Fault, reference: Reference, source: str, *, seed: int, cases: int,
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
    @hypothesis.given(case=one.strategy)
    def search(case: Any) -> None:
        nonlocal smallest, worker, tried, since, cost, ended
        if worker is None or since > SHRINK_ATTEMPTS or cost > SHRINK_COST or ended > restarts or spent():
            return
        since += since > 0
        tried += 1
        live = reference.channel()
        live.case = tried
        trial = attempt(one, WorkerChannel(worker, tried), live, case, source)
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
