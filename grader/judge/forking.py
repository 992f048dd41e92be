"""The judge's end of the fork server. Imports only what the fork server itself may hold."""

from __future__ import annotations

import os
import socket
from typing import Self

import msgspec
import torch

from grader import wire
from grader.judge.results import GraderError
from grader.worker import forkserver

_done = msgspec.msgpack.Decoder(forkserver.Done)


class ForkServer:
    """The judge's end of the fork server."""

    def __init__(self, control: socket.socket, pid: int) -> None:
        self._control, self._pid = control, pid

    @classmethod
    def start(cls) -> Self:
        """Import torch, then fork. Call it before anything secret is in this process's memory."""
        torch.set_num_threads(1)
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            try:
                ours.close()
                forkserver.serve(theirs)
            finally:
                os._exit(1)
        theirs.close()
        return cls(ours, pid)

    def ask(self, message: msgspec.Struct, descriptor: int | None = None) -> int:
        """Send a command, return the number it gives. Raises GraderError if the fork server is gone."""
        data = wire.encode(message)
        frame = len(data).to_bytes(4, "big") + data
        try:
            if descriptor is None:
                self._control.sendall(frame)
            else:
                sent = socket.send_fds(self._control, [frame], [descriptor])
                self._control.sendall(frame[sent:])
            reply = wire.receive_frame(self._control)
        except OSError as error:
            raise GraderError(f"the fork server is gone: {error}") from error
        if reply is None:
            raise GraderError("the fork server is gone")
        done = _done.decode(reply)
        if done.error:
            raise GraderError(f"the fork server could not {type(message).__name__.lower()}: {done.error}")
        return done.number

    def stop(self) -> None:
        """End it and all its workers."""
        self._control.close()
        os.waitpid(self._pid, 0)
