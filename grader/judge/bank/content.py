"""Keys by content: what was asked, what it was asked of, and everything that answers. Imports no torch."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import os
import platform
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import grader

ROOMS: Final = ("wire", "worker", "kit", "judge", "course.py", "formats.py", "stubs.py")
"""What a verdict can depend on: whole folders of the package, whatever lies where in them, and single files."""
_DISTRIBUTIONS: Final = ("torch", "hypothesis", "numpy", "scipy", "msgspec")


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
    stands_on = (grader.__version__, _versions(), platform.python_version(), platform.machine())
    digest = hashlib.sha256(repr(stands_on).encode("utf-8", "surrogateescape"))
    for path in engine_files():
        _add(digest, path.read_bytes())
    return digest.digest()


def _versions() -> list[str]:
    """What is installed of `_DISTRIBUTIONS`, as `torch-2.13.0.dist-info`: importlib.metadata takes 40 ms to say it."""
    found: dict[str, str] = {}
    for path in sys.path:
        with contextlib.suppress(OSError):
            for name in os.listdir(path or "."):  # noqa: PTH208  # names are all that is asked for
                distribution = name.partition("-")[0].lower()
                if name.endswith(".dist-info") and distribution in _DISTRIBUTIONS:
                    found.setdefault(distribution, name)
    return sorted(found.values())


def engine_files() -> list[Path]:
    """Every source file that a verdict can depend on."""
    package = Path(grader.__file__).parent
    found = [package / room for room in ROOMS]
    return sorted(file for place in found for file in (place.rglob("*.py") if place.is_dir() else [place]))


def _add(digest: hashlib._Hash, data: bytes) -> None:
    """With its length, so that what moves from one file to the next changes the hash."""
    digest.update(len(data).to_bytes(8, "big"))
    digest.update(data)
