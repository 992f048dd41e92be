"""Tries a property on one case: what went wrong, and all that was asked and answered until then."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import msgspec
import torch

from grader import wire
from grader.judge.bank.loading import Property
from grader.judge.entry.syntax import LINE_LIMIT
from grader.judge.results import Failure, GraderError
from grader.judge.trying.showing import show, show_case
from grader.judge.trying.telling import raised, traceback
from grader.judge.workers.channels import Functions
from grader.judge.workers.worker import ForbiddenReached, WorkerFailure
from grader.kit.assertions import Mismatch
from grader.kit.modules import Channel, Module, SubmissionError
from grader.text import both

Sources = Mapping[str, str]
"""The learner's texts: the submission's under the empty name, each companion's under its own."""

CALLED_BYTES: Final = 2 * 2**20
"""How much of what is handed to the judge's functions on one case is kept for the diagnosis."""
PRINTS_LIMIT: Final = 10
"""How many lines are shown of what a submission printed."""

Kind = Literal["mismatch", "raised", "unwritten", "crashed", "timeout"]


@dataclass(frozen=True, slots=True)
class Fault:
    """A failure with what the judge needs to know of it: its kind, and a key that tells one bug from another.

    `clear` says whether a learner sees it: two numbers that differ by less than one per cent are not told apart.
    """

    kind: Kind
    key: str
    failure: Failure
    case: Any = None
    shown: tuple[object, object] | None = None
    """What was expected and what there was, as the property has them, where it tells."""
    clear: bool = True

    @property
    def final(self) -> bool:
        """Whether the worker is gone, or the rest can be told without asking it."""
        return self.kind in ("crashed", "timeout", "unwritten") or self.key == "raised:protocol"


@dataclass(slots=True)
class Heard:
    """A question, its answer, whether the property looked at which arguments the call changed, and what it called back.

    `called` holds the number of the function and its arguments, in order.
    """

    request: wire.Request
    functions: Functions
    reply: wire.Reply
    called: list[tuple[int, tuple[object, ...]]]
    changes_matter: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """One case tried: what went wrong, if anything did, and what was asked and answered until then."""

    fault: Fault | None
    heard: list[Heard] | None
    """None where there was too much of it to keep."""
    cost: int
    """Messages that it took, calls back to the judge included: what there is to bound without looking at a clock."""
    lawful: bool = False
    """Whether the reference was not asked: it comes to the same under every convention."""


class _Listening:
    """Writes down what is asked and answered on one case."""

    def __init__(self, channel: Channel) -> None:
        self.case = channel.case
        self._channel = channel
        self._prints: list[str] = []
        self._lines = 0
        self.heard: list[Heard] = []
        self.cost = self.called_bytes = 0

    def request(self, request: wire.Request, functions: Functions) -> wire.Reply:
        self.cost += 1
        called: list[tuple[int, tuple[object, ...]]] = []
        reply = self._channel.request(
            request, {number: self._noted(number, function, called) for number, function in functions.items()}
        )
        self.heard.append(Heard(request, functions, reply, called))
        if reply.prints:
            self._prints.append(reply.prints)
            self._lines += max(0, reply.lines)
        return reply

    def _noted(
        self, number: int, function: Callable[..., object], called: list[tuple[int, tuple[object, ...]]]
    ) -> Callable[..., object]:
        def call(*args: object) -> object:
            self.cost += 1
            self.called_bytes += sum(_bytes(arg) for arg in args)
            if self.called_bytes <= CALLED_BYTES:
                called.append((number, args))
            return function(*args)

        return call

    def changes_matter(self, reply: wire.Reply) -> None:
        for heard in self.heard:
            heard.changes_matter = heard.changes_matter or heard.reply is reply

    @property
    def prints(self) -> str:
        """The first lines of what was printed."""
        return "\n".join(line[:LINE_LIMIT] for line in "".join(self._prints).splitlines()[:PRINTS_LIMIT])

    @property
    def unprinted(self) -> int:
        """How many lines more there were."""
        told = "".join(self._prints)
        return max(self._lines + (not told.endswith("\n")), len(told.splitlines())) - PRINTS_LIMIT


def try_case(property_: Property, submission: Channel, reference: Channel, case: Any, sources: Sources) -> Trial:
    """Try a property on one case. Raises ForbiddenReached and GraderError."""
    listening, asked = _Listening(submission), _Counting(reference)
    fault = _fault_on(property_, listening, asked, case, sources)
    heard = listening.heard if listening.called_bytes <= CALLED_BYTES else None
    return Trial(fault, heard, listening.cost, lawful=not asked.count)


class _Counting:
    """Counts what is asked."""

    def __init__(self, channel: Channel) -> None:
        self.case = channel.case
        self._channel = channel
        self.count = 0

    def request(self, request: wire.Request, functions: Functions) -> wire.Reply:
        self.count += 1
        return self._channel.request(request, functions)


def _bytes(value: object) -> int:
    """About how many bytes an argument of a call back takes."""
    return 64 + (value.numel() * value.element_size() if isinstance(value, torch.Tensor) else 0)


def _fault_on(
    property_: Property, listening: _Listening, reference: Channel, case: Any, sources: Sources
) -> Fault | None:
    try:
        property_.function(submission=Module(listening), reference=Module(reference), case=case)
    except Mismatch as error:
        failure = Failure(error.text, error.quantity, show(error.expected), show(error.actual), error.index)
        shown = (error.expected, error.actual) if error.shows_values else None
        return _fault("mismatch", _bug(error), failure, case, listening, shown, clear=error.clear)
    except SubmissionError as error:
        if error.channel is not listening:  # the reference raised, on what was returned
            return _stopped(error, case, listening)
        unwritten = error.reply.unwritten
        if unwritten:
            failure = Failure(both("{name} is not written yet", name=unwritten))
            return _fault("unwritten", unwritten, failure, case, listening)
        failure = Failure(raised(error.reply), traceback=traceback(error.reply.frames, sources))
        return _fault("raised", error.type_name, failure, case, listening)
    except WorkerFailure as error:
        failure = Failure(error.text, traceback=traceback(error.frames, sources))
        kinds: dict[str, Kind] = {"crashed": "crashed", "timeout": "timeout", "protocol": "raised"}
        return _fault(kinds[error.kind], error.kind, failure, case, listening)
    except (ForbiddenReached, GraderError):
        raise
    except AssertionError as error:
        failure = Failure(both("the check failed: {error}", error=str(error) or property_.id))
        return _fault("mismatch", "", failure, case, listening)
    except Exception as error:
        return _stopped(error, case, listening)
    return None


def _stopped(error: Exception, case: Any, listening: _Listening) -> Fault:
    """The property held on this very case for the reference, so what was returned made the difference."""
    name = type(error).__name__
    text = both("the check stopped on what was returned: {error}: {message}", error=name, message=error)
    return _fault("mismatch", "", Failure(text), case, listening)


def _bug(error: Mismatch) -> str:
    """What makes two mismatches one bug: the quantity, whichever entry or step, and the kind of the difference."""
    return f"{re.sub(r'[0-9]+', '', error.quantity)}:{error.told}"


def _fault(
    kind: Kind, key: str, failure: Failure, case: Any, listening: _Listening,
    shown: tuple[object, object] | None = None, *, clear: bool = True,
) -> Fault:  # fmt: skip
    example = None if kind == "unwritten" else show_case(case)  # any input is as good as any other
    printed = {"prints": listening.prints, "unprinted": max(0, listening.unprinted)}
    complete = msgspec.structs.replace(failure, counterexample=example, **printed)
    return Fault(kind, f"{kind}:{key}", complete, case, shown, clear)


def first_fault(trials: list[Trial]) -> Fault | None:
    """What went wrong first."""
    return next((trial.fault for trial in trials if trial.fault is not None), None)


def clear_fault(trials: list[Trial], fault: Fault) -> Fault:
    """The same bug where it is plain to see, if it is anywhere among what was tried."""
    faults = [fault, *(trial.fault for trial in trials if trial.fault is not None)]
    return next((each for each in faults if each.clear and each.key == fault.key), fault)
