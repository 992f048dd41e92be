"""Records what a reference answers to the cases of its properties, on two cores where there are two."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from grader.judge.bank.drawing import draw_cases
from grader.judge.bank.loading import Property, Reference, own_line
from grader.judge.results import GraderError, described
from grader.judge.workers.channels import Exchange, Recorded, Recorder
from grader.kit.modules import Module
from grader.kit.properties import spread
from grader.text import Text, both
from grader.worker.lifetime import close_inherited, end_with

CASE_LIMIT: Final = 500
"""Most characters of a case in a message."""
WORTH_A_FORK: Final = 200
"""Fewer cases than this are recorded sooner than a second process is there."""


@dataclass(frozen=True, slots=True)
class BankedCase:
    """One case, and the reference's answers to it."""

    case: Any
    exchanges: list[Exchange]


class StoredCase(msgspec.Struct, frozen=True):
    """A case as it is kept on disk and sent between processes."""

    kind: str
    case: bytes
    exchanges: list[Exchange]


Bank = dict[str, list[BankedCase]]
"""Property id → its cases."""


def record(properties: list[Property], reference: Reference, seed: int, cases: int) -> Bank:
    """Draw the cases of every property and try the reference on them. Raises GraderError where that fails."""
    mine, other = _halves(properties)
    if not other or len(properties) * cases < WORTH_A_FORK or (os.cpu_count() or 1) < 2 or not hasattr(os, "fork"):
        return _record(properties, reference, seed, cases)
    try:
        half = _Half(other, reference, seed, cases)
    except OSError:  # no more processes, or descriptors: then one after the other
        return _record(properties, reference, seed, cases)
    try:
        bank = _record(mine, reference, seed, cases)
        bank |= half.result()
    finally:
        half.end()
    return {property_.id: bank[property_.id] for property_ in properties}


def _halves(properties: list[Property]) -> tuple[list[Property], list[Property]]:
    """Two halves of about equal work: properties that share a strategy stay together, for it is drawn once."""
    groups: dict[int, list[Property]] = {}
    for property_ in properties:
        groups.setdefault(id(property_.strategy), []).append(property_)
    mine: list[Property] = []
    other: list[Property] = []
    for group in sorted(groups.values(), key=len, reverse=True):
        smaller = min((mine, other), key=lambda half: len(half) + len({id(property_.strategy) for property_ in half}))
        smaller += group
    return mine, other


class _Half:
    """A fork that records some of the properties and sends them back. Raises OSError if there can be none."""

    def __init__(self, properties: list[Property], reference: Reference, seed: int, cases: int) -> None:
        self._properties = properties
        self._told = False
        judge = os.getpid()
        self._reader, writer = os.pipe()
        try:
            self._pid = os.fork()
        except OSError:
            os.close(self._reader)
            os.close(writer)
            raise
        if self._pid:
            os.close(writer)
            return
        code = 1
        try:
            end_with(judge)
            close_inherited({writer})  # whoever waits for the judge to close something waits for it alone
            with os.fdopen(writer, "wb") as stream:
                stream.write(msgspec.msgpack.encode(_half_bank(properties, reference, seed, cases)))
            code = 0
        finally:
            os._exit(code)

    def result(self) -> Bank:
        """The recorded half. Raises GraderError with what went wrong in it."""
        with os.fdopen(self._reader, "rb", closefd=False) as stream:
            data = stream.read()
        self._told = True
        status = self.end()
        if status:
            raise GraderError(both("the second half of the recording ended with exit code {code}", code=status))
        found = msgspec.msgpack.decode(data, type=_HalfBank)
        if found.problem is not None:
            raise GraderError(found.problem)
        return {name: [restore(case, self._properties) for case in cases] for name, cases in found.bank.items()}

    def end(self) -> int:
        """Kill it if it lives, and tell how it ended; ending twice is no error."""
        if not self._pid:
            return 0
        pid, self._pid = self._pid, 0
        os.close(self._reader)
        if not self._told:
            os.kill(pid, signal.SIGKILL)
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


class _HalfBank(msgspec.Struct, frozen=True):
    """A half: what was recorded, or why it could not be."""

    bank: dict[str, list[StoredCase]] = {}
    problem: Text | None = None


def _half_bank(properties: list[Property], reference: Reference, seed: int, cases: int) -> _HalfBank:
    """A half as data, and what went wrong too: its traceback ends with this process."""
    try:
        bank = _record(properties, reference, seed, cases)
        return _HalfBank({name: [store(case) for case in found] for name, found in bank.items()})
    except Exception as error:  # a boundary between processes
        return _HalfBank(problem=described(error))


def _record(properties: Iterable[Property], reference: Reference, seed: int, cases: int) -> Bank:
    drawn: dict[int, list[Any]] = {}
    bank: Bank = {}
    for property_ in properties:
        key = id(property_.strategy)
        if key not in drawn:
            drawn[key] = _drawn(property_, seed, cases)
        tried = spread(drawn[key], property_.share)
        bank[property_.id] = [record_case(property_, reference, index, case) for index, case in enumerate(tried)]
    return bank


def _drawn(property_: Property, seed: int, cases: int) -> list[Any]:
    """A property's cases. Raises GraderError, with the author's own line, if its strategy does."""
    try:
        return draw_cases(property_.strategy, seed, cases)
    except Exception as error:
        text = both(
            "the strategy of {name} raised {error}{place}",
            name=property_.id, error=described(error), place=own_line(property_.function.__code__.co_filename, error),
        )  # fmt: skip
        raise GraderError(text) from error


def record_case(property_: Property, reference: Reference, index: int, case: Any) -> BankedCase:
    """Try the property with the reference on both sides: it must hold. The second side's exchanges are recorded.

    Both sides usually ask the same questions, so the second is answered from what the first was told.
    """
    first = Recorder(reference.channel(), index)
    second = Recorder(Recorded(first.exchanges, index, reference.channel), index)
    try:
        property_.function(submission=Module(first), reference=Module(second), case=case)
    except Exception as error:
        text = both(
            "the property {name} does not hold for the {reference} itself, on {case}: {error}{place}",
            name=property_.id, reference=reference.id, case=repr(case)[:CASE_LIMIT],
            error=described(error), place=own_line(property_.function.__code__.co_filename, error),
        )  # fmt: skip
        raise GraderError(text) from error
    return BankedCase(case, second.exchanges)


def store(banked: BankedCase) -> StoredCase:
    """A case with its answers as plain data."""
    kind = type(banked.case)
    return StoredCase(f"{kind.__module__}:{kind.__qualname__}", msgspec.msgpack.encode(banked.case), banked.exchanges)


def restore(stored: StoredCase, properties: Sequence[Property]) -> BankedCase:
    """The case again, of its class in the properties' own module, which may have been loaded again since.

    Raises KeyError or AttributeError if that is gone.
    """
    module, _, name = stored.kind.partition(":")
    outer, *inner = name.split(".")
    own = [property_.function.__globals__ for property_ in properties if property_.function.__module__ == module]
    found: Any = (own[0] if own else vars(sys.modules[module]))[outer]
    for part in inner:
        found = getattr(found, part)
    return BankedCase(msgspec.msgpack.decode(stored.case, type=found), stored.exchanges)
