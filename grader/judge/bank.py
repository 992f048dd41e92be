"""Case banks: the cases of each property under a seed, with what the reference answered, cached by content hash."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import platform
import tempfile
from collections.abc import Iterable
from pathlib import Path

import hypothesis
import msgspec
import torch

import grader
from grader.judge.loading import Property, Reference
from grader.judge.recording import Bank, StoredCase, record, restore, store


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
        return record(properties, reference, seed, cases)
    file = cache / "banks" / f"{_key(reference, seed, cases, sources)}.msgpack"
    found = _load(file, properties)
    if found is None:
        found = record(properties, reference, seed, cases)
        _save(file, found)
    return found


def _key(reference: Reference, seed: int, cases: int, sources: Iterable[Path]) -> str:
    """Everything that a bank depends on, hashed."""
    return content_key((seed, cases, reference.id, reference.source), sources)


def content_key(asked: tuple[object, ...], sources: Iterable[Path]) -> str:
    """A hash of what was asked, of the contents of files, and of everything that answers."""
    digest = hashlib.sha256(_engine())
    digest.update(repr(asked).encode())
    for path in sources:
        digest.update(path.read_bytes())
    return digest.hexdigest()[:32]


@functools.cache
def _engine() -> bytes:
    """This judge, hashed: its own files and the versions of what it stands on."""
    package = Path(grader.__file__).parent
    versions = (
        grader.__version__,
        torch.__version__,
        hypothesis.__version__,
        platform.python_version(),
        platform.machine(),
    )
    digest = hashlib.sha256(repr(versions).encode())
    for path in [
        package / "wire.py",
        *(path for room in ("kit", "worker", "judge") for path in sorted(package.glob(f"{room}/*.py"))),
    ]:
        digest.update(path.read_bytes())
    return digest.digest()


def _save(file: Path, bank: Bank) -> None:
    """Write it whole or not at all; a cache that cannot be written is no error."""
    stored = {name: [store(banked) for banked in cases] for name, cases in bank.items()}
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor, temporary = tempfile.mkstemp(dir=file.parent)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(msgspec.msgpack.encode(stored))
        Path(temporary).replace(file)


def _load(file: Path, properties: list[Property]) -> Bank | None:
    """The bank in a file; None if it is not there or cannot be read any more."""
    try:
        stored = msgspec.msgpack.decode(file.read_bytes(), type=dict[str, list[StoredCase]])
        bank = {name: [restore(one, properties) for one in cases] for name, cases in stored.items()}
    except (OSError, msgspec.MsgspecError, KeyError, AttributeError):
        return None
    return bank if bank.keys() == {one.id for one in properties} else None
