"""Keys by content: what was asked, what it was asked of, and everything that answers. Imports no torch."""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import platform
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import grader

ROOMS: Final = ("wire", "worker", "kit", "judge", "course.py", "formats.py", "stubs.py")
"""What a verdict can depend on: whole folders of the package, whatever lies where in them, and single files."""
_VERSIONS: Final = ("torch", "hypothesis", "numpy", "scipy", "msgspec")


def content_key(asked: tuple[object, ...], files: Iterable[Path] = ()) -> str:
    """A hash of what was asked, of the contents of files (one that is not there counts as empty), and of the engine."""
    digest = hashlib.sha256(engine())
    digest.update(repr(asked).encode("utf-8", "surrogateescape"))
    for path in files:
        _add(digest, path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()[:32]


@functools.cache
def engine() -> bytes:
    """This judge, hashed: its own rooms, its Python and machine, the versions of what it stands on."""
    versions = [importlib.metadata.version(name) for name in _VERSIONS]
    digest = hashlib.sha256(
        repr((grader.__version__, versions, platform.python_version(), platform.machine())).encode()
    )
    for path in engine_files():
        _add(digest, path.read_bytes())
    return digest.digest()


def engine_files() -> list[Path]:
    """Every source file that a verdict can depend on."""
    package = Path(grader.__file__).parent
    found = [package / room for room in ROOMS]
    return sorted(file for place in found for file in (place.rglob("*.py") if place.is_dir() else [place]))


def _add(digest: hashlib._Hash, data: bytes) -> None:
    """With its length, so that what moves from one file to the next changes the hash."""
    digest.update(len(data).to_bytes(8, "big"))
    digest.update(data)
