"""The judge's end of the fork server. Imports only what the fork server itself may hold."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from typing import Final, Self

import msgspec
import torch

from grader import wire
from grader.formats import Limits
from grader.judge.results import GraderError, described
from grader.judge.workers.deadlines import deadline_in
from grader.text import both
from grader.worker import forkserver

ANSWER_SECONDS: Final = 120.0
"""How long it may take to do what it is told: an import on a busy machine, the end of a worker."""

_done = msgspec.msgpack.Decoder(forkserver.Done)


class ForkServer:
    """The judge's end of the fork server."""

    def __init__(self, control: socket.socket, pid: int) -> None:
        self._control, self._pid, self._spawned = control, pid, 0

    @classmethod
    def start(cls) -> Self:
        """Import torch, then fork. Call it before anything secret is in this process's memory."""
        torch.set_num_threads(1)
        forkserver.spare_the_compiler()  # on both sides: references are optimizers too
        ours, theirs = socket.socketpair()
        judge = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            raise GraderError(both("the fork server could not be started: {error}", error=error)) from error
        if pid == 0:
            try:
                ours.close()
                forkserver.serve(theirs, judge)
            finally:
                os._exit(1)
        theirs.close()
        return cls(ours, pid)

    def spawn(self, limits: Limits, readable: list[str], talks: int, locates: int) -> int:
        """Have a worker forked; the number that it goes by. Does not wait for it.

        It talks on one descriptor, and says on the other one where it is when it is asked to.
        """
        self._spawned += 1
        memory, seconds = limits.memory_mib * 2**20, int(limits.exercise_seconds) + 2
        self._send(forkserver.Spawn(self._spawned, readable, memory, seconds), (talks, locates))
        return self._spawned

    def end(self, number: int, *, report: bool) -> int:
        """Have a worker killed; with `report`, wait until it is gone and tell its wait status."""
        self._send(forkserver.End(number, report))
        return self._answer() if report else 0

    def locate(self, number: int) -> None:
        """Have a worker say where it is."""
        self._send(forkserver.Locate(number))

    def preload(self, module: str) -> None:
        """Have a module imported, before any worker needs it behind the lock."""
        self._send(forkserver.Preload(module))
        self._answer(module)

    def _send(self, message: msgspec.Struct, descriptors: Sequence[int] = ()) -> None:
        try:
            wire.send_frame(self._control, wire.encode(message), deadline_in(ANSWER_SECONDS), descriptors)
        except OSError as error:
            raise GraderError(both("the fork server is gone: {error}", error=described(error))) from error

    def _answer(self, module: str = "") -> int:
        try:
            reply = wire.receive_frame(self._control, deadline_in(ANSWER_SECONDS))
        except OSError as error:
            raise GraderError(both("the fork server is gone: {error}", error=described(error))) from error
        if reply is None:
            raise GraderError(both("the fork server is gone: {error}", error="EOF"))
        done = _done.decode(reply)
        if done.error:
            raise GraderError(
                both("the fork server could not import {module}: {error}", module=module, error=done.error)
            )
        return done.status

    def stop(self) -> None:
        """End it and all its workers."""
        self._control.close()
        os.waitpid(self._pid, 0)
