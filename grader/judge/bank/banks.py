"""Case banks: the cases of each property under a seed, with what the reference answered, cached by content hash."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from grader.judge.bank.content import content_key
from grader.judge.bank.loading import Property, Reference
from grader.judge.bank.recording import Bank, StoredCase, record, restore, store
from grader.judge.bank.store import Store


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
    kept = Store(cache / "banks" if cache else None)
    key = content_key((seed, cases, reference.id, reference.source), sources)
    found = _restored(kept.get(key), properties)
    if found is None:
        found = record(properties, reference, seed, cases)
        if cache is not None:
            stored = {name: [store(case) for case in bank] for name, bank in found.items()}
            kept.put(key, msgspec.msgpack.encode(stored))
    return found


def _restored(data: bytes | None, properties: list[Property]) -> Bank | None:
    """The bank in a file; None if it is not there or cannot be read any more."""
    if data is None:
        return None
    try:
        stored = msgspec.msgpack.decode(data, type=dict[str, list[StoredCase]])
        bank = {name: [restore(case, properties) for case in cases] for name, cases in stored.items()}
    except (msgspec.MsgspecError, KeyError, AttributeError):
        return None
    return bank if bank.keys() == {property_.id for property_ in properties} else None
