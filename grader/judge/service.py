"""The judge's process: one request after another from its standard input, one answer each."""

from __future__ import annotations

import gc
import os
from typing import BinaryIO

import msgspec

from grader import wire
from grader.judge.workers.forking import ForkServer


def main() -> None:
    """Fork the fork server first; only then import what is secret, and read what is asked."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints goes where it does no harm
    server = ForkServer.start()
    _answer(server, requests, answers)
    server.stop()


def _answer(server: ForkServer, requests: BinaryIO, answers: BinaryIO) -> None:
    from grader.judge.grading import grade
    from grader.judge.proof.results import ProofRequest
    from grader.judge.results import GradeRequest

    gc.freeze()  # Hypothesis collects garbage before it draws: not all of torch each time
    gc.enable()

    while (data := wire.read_frame(requests)) is not None:
        request = msgspec.msgpack.decode(data, type=GradeRequest | ProofRequest)
        if isinstance(request, GradeRequest):
            data = msgspec.msgpack.encode(grade(server, request))
        else:
            from grader.judge.proof.tasks import prove

            data = msgspec.msgpack.encode(prove(server, request))
        wire.write_frame(answers, data)
