"""Starts the judge's process and asks it. Imports no torch: that is the judge's to pay, once."""

from __future__ import annotations

import os
import subprocess
import sys
from types import TracebackType
from typing import IO, Final, Self, cast

import msgspec

from grader import wire
from grader.judge.proof.results import ProofRequest, ProofResult
from grader.judge.results import GradeRequest, GraderError, GradeResult
from grader.text import both

_ENVIRONMENT: Final = (
    "PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
    "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHONWARNINGS",
)  # fmt: skip
"""What the judge gets of the environment: it stays in the memory of its forks, so no token may be there."""


_graded = msgspec.msgpack.Decoder(GradeResult)
_proved = msgspec.msgpack.Decoder(ProofResult)
"""Made here, in one thread: two that decode a type for the first time at once crash in msgspec (seen with 0.22)."""


class Judge:
    """The judge's process. Start it early: it imports torch while you look at the arguments.

    The command line of the process says nothing, and so does its environment: what is asked goes through a pipe after
    the fork server has been forked off.
    """

    def __init__(self) -> None:
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        environment = {**kept, "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1"}
        # -P: the folder one works in is not searched for modules; it may hold a file called torch.py
        command = [sys.executable, "-P", "-m", "grader.judge"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)  # noqa: S603  # our own program

    def grade(self, request: GradeRequest) -> GradeResult:
        """Have a submission graded; if the judge dies, that is a verdict on us and not on the submission."""
        try:
            return _graded.decode(self._ask(msgspec.msgpack.encode(request)))
        except (OSError, GraderError, msgspec.MsgspecError) as error:
            problem = both("{error}", error=str(error) or type(error).__name__)
            return GradeResult(
                request.exercise, "grader_error", request.seed, "none", request.submission, "", problem=problem
            )

    def prove(self, request: ProofRequest) -> ProofResult:
        """Have a piece of an exercise's proof worked off. Raises GraderError if the judge dies of it."""
        return _proved.decode(self._ask(msgspec.msgpack.encode(request)))

    def _ask(self, data: bytes) -> bytes:
        writer, reader = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        wire.write_frame(writer, data)
        answer = wire.read_frame(reader)
        if answer is None:
            raise GraderError(
                f"the judge ended unexpectedly with exit code {self._process.wait()}; see what it printed above"
            )
        return answer

    def close(self) -> None:
        """End it; with it go the fork server and every worker."""
        self._process.kill()
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
