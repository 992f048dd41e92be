"""Records what a reference answers to the cases of its properties, on two cores where there are two."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from grader.judge.bank.drawing import draw_cases
from grader.judge.bank.loading import Property, Reference
from grader.judge.results import GraderError
from grader.judge.workers.channels import Exchange, Recorder, Replay
from grader.kit.modules import Module
from grader.kit.properties import spread

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
    """Draw the cases of every property and try the reference on them. Raises GraderError where it fails."""
    mine, other = _halves(properties)
    if not other or len(properties) * cases < WORTH_A_FORK or (os.cpu_count() or 1) < 2:
        return _record(properties, reference, seed, cases)
    half = _Half(other, reference, seed, cases)
    try:
        bank = _record(mine, reference, seed, cases)
    finally:
        rest = half.result()
    if isinstance(rest, str):
        raise GraderError(rest)
    bank |= rest
    return {one.id: bank[one.id] for one in properties}


def _halves(properties: list[Property]) -> tuple[list[Property], list[Property]]:
    """Two halves of about equal work: properties that share a strategy stay together, for it is drawn once."""
    groups: dict[int, list[Property]] = {}
    for one in properties:
        groups.setdefault(id(one.strategy), []).append(one)
    mine: list[Property] = []
    other: list[Property] = []
    for group in sorted(groups.values(), key=len, reverse=True):
        smaller = min((mine, other), key=lambda half: len(half) + len({id(one.strategy) for one in half}))
        smaller += group
    return mine, other


class _Half:
    """A fork that records some of the properties and sends them back."""

    def __init__(self, properties: list[Property], reference: Reference, seed: int, cases: int) -> None:
        self._properties = properties
        self._reader, writer = os.pipe()
        self._pid = os.fork()
        if self._pid:
            os.close(writer)
            return
        code = 1
        try:
            os.close(self._reader)
            with os.fdopen(writer, "wb") as stream:
                stream.write(_recorded(properties, reference, seed, cases))
            code = 0
        finally:
            os._exit(code)

    def result(self) -> Bank | str:
        """The recorded half, or what went wrong."""
        with os.fdopen(self._reader, "rb") as stream:
            data = stream.read()
        status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        if status:
            return f"the second half of the recording ended with exit code {status}"
        found = msgspec.msgpack.decode(data, type=dict[str, list[StoredCase]] | str)
        return (
            found
            if isinstance(found, str)
            else {name: [restore(one, self._properties) for one in cases] for name, cases in found.items()}
        )


def _recorded(properties: list[Property], reference: Reference, seed: int, cases: int) -> bytes:
    """A half as bytes; an error of the reference as its message."""
    try:
        bank = _record(properties, reference, seed, cases)
    except GraderError as error:
        return msgspec.msgpack.encode(str(error))
    return msgspec.msgpack.encode({name: [store(one) for one in found] for name, found in bank.items()})


def _record(properties: Iterable[Property], reference: Reference, seed: int, cases: int) -> Bank:
    drawn: dict[int, list[Any]] = {}
    bank: Bank = {}
    for one in properties:
        key = id(one.strategy)
        if key not in drawn:
            drawn[key] = draw_cases(one.strategy, seed, cases)
        tried = spread(drawn[key], one.share)
        bank[one.id] = [record_case(one, reference, index, case) for index, case in enumerate(tried)]
    return bank


def record_case(one: Property, reference: Reference, index: int, case: Any) -> BankedCase:
    """Try the property with the reference on both sides: it must hold. The second side's exchanges are recorded.

    Both sides usually ask the same questions, so the second is answered from what the first was told.
    """
    first = Recorder(reference.channel(), index)
    second = Recorder(Replay(first.exchanges, index, reference.channel), index)
    try:
        one.function(submission=Module(first), reference=Module(second), case=case)
    except Exception as error:
        what = f"the property {one.id} does not hold for the {reference.id} itself"
        raise GraderError(f"{what}, on {case!r}: {type(error).__name__}: {error}") from error
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
    own = [one.function.__globals__ for one in properties if one.function.__module__ == module]
    found: Any = (own[0] if own else vars(sys.modules[module]))[outer]
    for part in inner:
        found = getattr(found, part)
    return BankedCase(msgspec.msgpack.decode(stored.case, type=found), stored.exchanges)
