"""Case banks: the cases of each property under a seed, with what the reference answered, cached by content hash."""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import hypothesis
import msgspec
import torch
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

import grader
from grader.judge.channels import Exchange, Recorder, Replay
from grader.judge.loading import Property, Reference
from grader.judge.results import GraderError
from grader.kit.modules import Module

_QUIET = {
    "database": None, "deadline": None, "suppress_health_check": list(HealthCheck), "print_blob": False,
    "report_multiple_bugs": False, "verbosity": hypothesis.Verbosity.quiet,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class BankedCase:
    """One case, and the reference's answers to it."""

    case: Any
    exchanges: list[Exchange]


class _StoredCase(msgspec.Struct, frozen=True):
    kind: str
    case: bytes
    exchanges: list[Exchange]


Bank = dict[str, list[BankedCase]]
"""Property id → its cases."""


def settings(cases: int, *phases: Phase) -> hypothesis.settings:
    """Hypothesis's settings for a number of cases: no clock, no database, no talk."""
    return hypothesis.settings(max_examples=cases, phases=phases, **_QUIET)  # type: ignore[arg-type]  # a table of settings


def bank_for(
    properties: list[Property],
    reference: Reference,
    *,
    seed: int,
    cases: int,
    sources: Iterable[Path],
    cache: Path | None,
) -> Bank:
    """The bank of an exercise under one reference: from the cache, or recorded now and cached."""
    if cache is None:
        return _record(properties, reference, seed, cases)
    file = cache / "banks" / f"{_key(reference, seed, cases, sources)}.msgpack"
    found = _load(file, properties)
    if found is None:
        found = _record(properties, reference, seed, cases)
        _save(file, found)
    return found


def _record(properties: list[Property], reference: Reference, seed: int, cases: int) -> Bank:
    drawn: dict[int, list[Any]] = {}
    bank: Bank = {}
    for one in properties:
        key = id(one.strategy)
        if key not in drawn:
            drawn[key] = draw_cases(one.strategy, seed, cases)
        bank[one.id] = [record_case(one, reference, index, case) for index, case in enumerate(drawn[key])]
    return bank


def draw_cases(strategy: st.SearchStrategy[Any], seed: int, cases: int) -> list[Any]:
    """The cases that Hypothesis draws under a seed."""
    drawn: list[Any] = []

    @hypothesis.seed(seed)
    @settings(cases, Phase.generate)
    @hypothesis.given(case=strategy)
    def collect(case: Any) -> None:
        drawn.append(case)

    collect()
    return drawn


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


def _key(reference: Reference, seed: int, cases: int, sources: Iterable[Path]) -> str:
    """Everything that a bank depends on, hashed."""
    package = Path(grader.__file__).parent
    digest = hashlib.sha256()
    versions = (
        grader.__version__,
        torch.__version__,
        hypothesis.__version__,
        platform.python_version(),
        platform.machine(),
    )
    digest.update(repr((versions, seed, cases, reference.id, reference.source)).encode())
    engine = [package / "wire.py", *sorted(package.glob("kit/*.py")), *sorted(package.glob("worker/*.py")),
              *sorted(package.glob("judge/*.py"))]  # fmt: skip
    for path in [*engine, *sources]:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


def _save(file: Path, bank: Bank) -> None:
    """Write it whole or not at all; a cache that cannot be written is no error."""
    stored = {name: [_store(banked) for banked in cases] for name, cases in bank.items()}
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(msgspec.msgpack.encode(stored))
        Path(temporary).replace(file)


def _store(banked: BankedCase) -> _StoredCase:
    kind = type(banked.case)
    return _StoredCase(f"{kind.__module__}:{kind.__qualname__}", msgspec.msgpack.encode(banked.case), banked.exchanges)


def _load(file: Path, properties: list[Property]) -> Bank | None:
    """The bank in a file; None if it is not there or cannot be read any more."""
    try:
        stored = msgspec.msgpack.decode(file.read_bytes(), type=dict[str, list[_StoredCase]])
        bank = {name: [_restore(one) for one in cases] for name, cases in stored.items()}
    except (OSError, msgspec.MsgspecError, KeyError, AttributeError):
        return None
    return bank if bank.keys() == {one.id for one in properties} else None


def _restore(stored: _StoredCase) -> BankedCase:
    module, _, name = stored.kind.partition(":")
    found: Any = sys.modules[module]
    for part in name.split("."):
        found = getattr(found, part)
    return BankedCase(msgspec.msgpack.decode(stored.case, type=found), stored.exchanges)
