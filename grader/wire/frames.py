"""Frames: four bytes of length, then the bytes. Over sockets, where a deadline may hold, and over pipes.

Every boundary between two of our processes is crossed in these, and nowhere else is one written or read.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from typing import IO, Final, Protocol

FRAME_LIMIT: Final = 64 * 2**20
"""Largest frame in bytes."""
DESCRIPTORS_LIMIT: Final = 2
"""Most file descriptors that come with one frame."""
_HEADER: Final = 4
_AT_ONCE: Final = 2**20


class ProtocolError(Exception):
    """The bytes that came are not a message of this protocol."""


class Deadline(Protocol):
    """By when a frame must be there; what is left may grow."""

    def remaining(self) -> float:
        """Seconds that are left; 0 or less when it is over."""


def within_limit(data: bytes) -> bytes:
    """The data, if it fits into a frame. Raises ProtocolError."""
    if len(data) > FRAME_LIMIT:
        raise ProtocolError(f"a message of {len(data)} bytes is over the limit of {FRAME_LIMIT}")
    return data


def framed(data: bytes) -> bytes:
    """The data with its length before it. Raises ProtocolError where it is too large."""
    return len(within_limit(data)).to_bytes(_HEADER, "big") + data


def send_frame(
    connection: socket.socket, data: bytes, deadline: Deadline | None = None, descriptors: Sequence[int] = ()
) -> None:
    """Write one frame, with file descriptors if any are given. Raises TimeoutError past the deadline."""
    left = memoryview(framed(data))
    if descriptors:
        left = left[socket.send_fds(connection, [left], descriptors) :]
    while left:
        _allow(connection, deadline)
        try:
            left = left[connection.send(left) :]
        except TimeoutError:
            continue  # there may be more time by now


def receive_frame(connection: socket.socket, deadline: Deadline | None = None) -> bytes | None:
    """Read one frame; None when the other side has closed. Raises TimeoutError past the deadline, and ProtocolError."""
    return _frame(lambda size: _receive(connection, size, deadline))


def receive_frame_and_descriptors(connection: socket.socket) -> tuple[bytes, list[int]] | None:
    """One frame, and the file descriptors that came with its first byte; None when the other side has closed."""
    first, descriptors, _, _ = socket.recv_fds(connection, _HEADER, DESCRIPTORS_LIMIT)
    data = _frame(lambda size: _receive(connection, size, None), first) if first else None
    return None if data is None else (data, descriptors)


def write_frame(stream: IO[bytes], data: bytes) -> None:
    """Write one frame into a pipe."""
    stream.write(framed(data))
    stream.flush()


def read_frame(stream: IO[bytes]) -> bytes | None:
    """Read one frame from a pipe; None when the other side has closed, be it in the middle."""

    def read(size: int) -> bytes | None:
        data = stream.read(size)
        return data if len(data) == size else None

    return _frame(read)


def _frame(read: Callable[[int], bytes | None], first: bytes = b"") -> bytes | None:
    """The next frame, by a function that reads exactly so many bytes; `first` has been read already."""
    rest = read(_HEADER - len(first)) if len(first) < _HEADER else b""
    if rest is None:
        return None
    size = int.from_bytes(first + rest, "big")
    if size > FRAME_LIMIT:
        raise ProtocolError(f"a message of {size} bytes is over the limit of {FRAME_LIMIT}")
    return read(size) if size else b""


def _allow(connection: socket.socket, deadline: Deadline | None) -> None:
    """Let the next call on a socket take what is left of the time."""
    if deadline is None:
        return
    remaining = deadline.remaining()
    if remaining <= 0:
        raise TimeoutError
    connection.settimeout(remaining)


def _receive(connection: socket.socket, size: int, deadline: Deadline | None) -> bytes | None:
    """Exactly so many bytes; None if the other side closes before."""
    parts: list[bytes] = []
    while size:
        _allow(connection, deadline)
        try:
            part = connection.recv(min(size, _AT_ONCE))
        except TimeoutError:
            continue  # there may be more time by now
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
