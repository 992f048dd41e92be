"""Starts the judge's process and asks it. Imports no torch: that is the judge's to pay, once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import IO, Final, cast

import msgspec

from grader import wire
from grader.judge.closing import Closing
from grader.judge.proof.results import ProofResult
from grader.judge.requests import GradeRequest, ProofRequest
from grader.judge.results import GraderError, GradeResult
from grader.text import Text, both

_ENVIRONMENT: Final = (
    "PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH",
    "PYTHONPATH", "PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHONWARNINGS", "PYTHONUTF8",
)  # fmt: skip
"""What the judge gets of the environment: it stays in the memory of its forks, so no token may be there."""


_graded = msgspec.msgpack.Decoder(GradeResult)
_proved = msgspec.msgpack.Decoder(ProofResult)
"""Made here, in one thread: two that decode a type for the first time at once crash in msgspec (seen with 0.22)."""


class JudgeDied(GraderError):
    """The judge's process is gone, and with it the answer: another one may be asked again."""


class Judge(Closing):
    """The judge's process. Start it early: it imports torch while you look at the arguments.

    The command line of the process says nothing, and so does its environment: what is asked goes through a pipe after
    the fork server has been forked off. It ends with the thread that made it. Raises JudgeDied if it cannot be started.
    """

    def __init__(self) -> None:
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        environment = {**kept, "PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "GRADE_PARENT": str(os.getpid())}
        # -P: the folder one works in is not searched for modules; it may hold a file called torch.py
        command = [sys.executable, "-P", "-m", "grader.judge"]
        try:
            self._process = subprocess.Popen(  # noqa: S603  # our own program
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=environment,
                start_new_session=True,  # Ctrl-C is for the command line, which ends the judge
            )
        except OSError as error:
            raise JudgeDied(both("the judge could not be started: {error}", error=error)) from error

    @property
    def pid(self) -> int:
        """The number of its process."""
        return self._process.pid

    def ask(self, request: GradeRequest | ProofRequest) -> GradeResult | ProofResult:
        """Its answer to a request. Raises JudgeDied if it does not live to give one."""
        answer = self._ask(msgspec.msgpack.encode(request))
        try:
            return (_graded if isinstance(request, GradeRequest) else _proved).decode(answer)
        except msgspec.MsgspecError as error:
            raise JudgeDied(both("the judge gave an answer that cannot be read: {error}", error=error)) from error

    def _ask(self, data: bytes) -> bytes:
        writer, reader = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        try:
            wire.write_frame(writer, data)
            answer = wire.read_frame(reader)
        except (OSError, ValueError):  # its end of the pipe is closed, or ours by another thread
            answer = None
        except wire.ProtocolError as error:
            raise JudgeDied(both("the judge gave an answer that cannot be read: {error}", error=error)) from error
        if answer is None:
            self._process.kill()
            raise JudgeDied(_end(self._process.wait()))
        return answer

    def kill(self) -> None:
        """End it at once, from any thread; whoever waits for an answer gets JudgeDied."""
        self._process.kill()

    def close(self) -> None:
        """End it; with it go the fork server and every worker."""
        self._process.kill()
        self._process.communicate()


def _end(code: int) -> Text:
    """How the judge ended."""
    if code == -signal.SIGKILL:
        return both("the judge was killed; the machine may have run out of memory")
    if code < 0:
        return both("the judge was ended by signal {number}", number=-code)
    return both("the judge ended with exit code {code}; see what it printed above", code=code)
