"""Keeps results by content in a folder that does not grow without end. Imports no torch."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from pathlib import Path
from typing import Final

MOST_BYTES: Final = 512 * 2**20
"""How much a store keeps before it forgets what nobody asked for the longest."""
_SLACK: Final = 0.8
"""To which share of that it is brought down: forgetting costs a look at every file."""
_FRESH_SECONDS: Final = 3600.0
"""Being used is noted at most so often."""
_TEMPORARY: Final = ".new-"


class Store:
    """Files by key below a folder, the least recently used ones removed. None as a folder keeps nothing.

    What cannot be read is not there, what cannot be written is not kept: neither is an error.
    """

    def __init__(self, folder: Path | None, *, most_bytes: int = MOST_BYTES) -> None:
        self._folder, self._most = folder, most_bytes
        self._size: int | None = None

    def get(self, key: str) -> bytes | None:
        """What was kept under a key; using it keeps it longer."""
        if self._folder is None:
            return None
        file = self._folder / key
        try:
            data = file.read_bytes()
            if time.time() - file.stat().st_mtime > _FRESH_SECONDS:
                os.utime(file)
        except OSError:
            return None
        return data

    def put(self, key: str, data: bytes) -> None:
        """Keep it whole or not at all."""
        if self._folder is None:
            return
        with contextlib.suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, temporary = tempfile.mkstemp(dir=self._folder, prefix=_TEMPORARY)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    stream.write(data)
                Path(temporary).replace(self._folder / key)
            except OSError:
                Path(temporary).unlink(missing_ok=True)
                raise
            self._bound(len(data))

    def _bound(self, added: int) -> None:
        """Remove the oldest files once there is too much."""
        self._size = self.size() if self._size is None else self._size + added
        if self._size <= self._most:
            return
        files = sorted(self._files(), key=lambda found: found[1].st_mtime)
        self._size = sum(status.st_size for _, status in files)
        for file, status in files:
            if self._size <= self._most * _SLACK:
                break
            with contextlib.suppress(OSError):
                file.unlink()
                self._size -= status.st_size

    def size(self) -> int:
        """How many bytes are kept."""
        return sum(status.st_size for _, status in self._files())

    def __len__(self) -> int:
        return len(self._files())

    def _files(self) -> list[tuple[Path, os.stat_result]]:
        found = []
        with contextlib.suppress(OSError):
            for file in self._folder.iterdir() if self._folder is not None else ():
                with contextlib.suppress(OSError):  # another process may have removed it meanwhile
                    status = file.stat()
                    stale = file.name.startswith(_TEMPORARY) and time.time() - status.st_mtime > _FRESH_SECONDS
                    found.append((file, status)) if not stale else file.unlink()
        return found
