"""The judge's process: one request after another from its standard input, one answer each, whatever happens."""

from __future__ import annotations

import gc
import os
import sys
from typing import BinaryIO

import msgspec

from grader import wire
from grader.judge.workers.forking import ForkServer
from grader.worker.lifetime import end_with


def main(parent: int) -> None:
    """Fork the fork server first; only then import what is secret, and read what is asked. Ends with its parent."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints goes where it does no harm
    server = ForkServer.start()
    if sys.platform != "linux":
        end_with(parent)  # by a thread, which a process that forks the fork server must not have yet
    _answer(server, requests, answers)
    server.stop()


def _answer(server: ForkServer, requests: BinaryIO, answers: BinaryIO) -> None:
    from grader.judge import grading
    from grader.judge.requests import GradeRequest, ProofRequest
    from grader.judge.shelf import Shelf

    shelf = Shelf(server)

    gc.freeze()  # Hypothesis collects garbage before it draws: not all of torch each time
    gc.enable()

    while (data := wire.read_frame(requests)) is not None:
        request = msgspec.msgpack.decode(data, type=GradeRequest | ProofRequest)
        if isinstance(request, GradeRequest):
            result = grading.answer(shelf, request)
            try:
                wire.write_frame(answers, msgspec.msgpack.encode(result))
            except (msgspec.MsgspecError, ValueError, TypeError, wire.ProtocolError) as error:
                wire.write_frame(answers, msgspec.msgpack.encode(grading.failed(request, error)))
        else:
            from grader.judge.proof.tasks import prove

            wire.write_frame(answers, msgspec.msgpack.encode(prove(shelf, request)))
