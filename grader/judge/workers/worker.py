"""Workers as the judge holds them: started ahead of need, asked under a deadline, ended for certain."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Literal

from grader import wire
from grader.judge.results import GraderError
from grader.judge.workers.deadlines import Budget, Hung, Watched, deadline_in
from grader.judge.workers.forking import ForkServer
from grader.judge.workers.places import Places, place_of
from grader.kit.modules import answer
from grader.text import Text, both

GREETING_SECONDS: Final = 60.0
MANY_LINES: Final = 10_000
"""How much is printed before printing may be what took the time."""
PAUSES: Final = (0.1, 0.5, 1.0, 2.0)
"""Seconds to wait before a worker that could not be started is tried again: others may be holding what it needs."""


class WorkerFailure(Exception):
    """The worker crashed, ran out of time, or wrote what is not the protocol. Costs one property.

    `frames` are the learner's lines where it was, as far as they are known.
    """

    def __init__(
        self, kind: Literal["crashed", "timeout", "protocol"], text: Text, frames: list[wire.Frame] | None = None
    ) -> None:
        super().__init__(text["en"])
        self.kind, self.text, self.frames = kind, text, frames or []


class ForbiddenReached(Exception):
    """The guard saw a forbidden name at run time."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class NotReady(GraderError):
    """A worker could not be started: nothing of the submission has run, and trying again may help."""


class Worker:
    """One locked-in process that holds the submission. `load` has been sent when it is made, and is answered later."""

    def __init__(self, server: ForkServer, readable: list[str], budget: Budget, load: wire.Load) -> None:
        self._server, self._budget = server, budget
        self._guarded = load.guarded
        self._names = {load.path: "", **{companion.path: companion.path for companion in load.companions}}
        self.tier, self._pid, self._number, self._loaded = "", "", 0, False
        try:
            self._connection, theirs = socket.socketpair()
        except OSError as error:
            raise NotReady(both("a worker could not be started: {error}", error=error)) from error
        with theirs:
            try:
                self._places = Places()
            except OSError as error:
                self._connection.close()
                raise NotReady(both("a worker could not be started: {error}", error=error)) from error
            try:
                self._number = server.spawn(budget.limits, readable, theirs.fileno(), self._places.writing)
            finally:
                self._places.handed_over()
        try:
            wire.send_frame(self._connection, wire.encode(load), deadline_in(GREETING_SECONDS))
        except OSError as error:
            self.end()
            raise NotReady(both("a worker did not take its task: {error}", error=error)) from error

    def start(self) -> wire.Reply:
        """Wait until the submission is loaded (or not). Raises NotReady, and what `request` raises."""
        hello = self._greeting()
        if hello.error:
            self.end()
            raise NotReady(both("a worker could not be locked in: {error}", error=hello.error))
        self.tier, self._pid = hello.tier, str(hello.pid)
        reply = self._reply({}, self._budget.call(self._pid))
        self._loaded = True
        return reply

    def _greeting(self) -> wire.Hello:
        """What it says before it looks at the submission: that costs the submission nothing."""
        try:
            data = wire.receive_frame(self._connection, deadline_in(GREETING_SECONDS))
            hello = wire.decode_reply(data) if data is not None else None
        except TimeoutError:
            self.end()
            raise NotReady(both("a worker did not start within {seconds:g} s", seconds=GREETING_SECONDS)) from None
        except (OSError, wire.ProtocolError) as error:
            self.end()
            raise NotReady(both("a worker could not be started: {error}", error=error)) from error
        if not isinstance(hello, wire.Hello):
            self.end()
            raise NotReady(both("a worker ended before it was ready"))
        return hello

    def request(self, request: wire.Request, functions: Mapping[int, Callable[..., object]]) -> wire.Reply:
        """Ask, serve the callbacks, return the reply. Raises WorkerFailure and ForbiddenReached."""
        if self._budget.over(self._pid):
            raise self._timeout()
        whole = self._budget.call(self._pid)
        deadline = Watched(whole, self._hangs_again) if any(hung.frames for hung in self._budget.hung) else whole
        self._send(request, deadline)
        return self._reply(functions, deadline)

    def _send(self, message: wire.Request | wire.Answer | wire.Refusal, deadline: wire.Deadline) -> None:
        try:
            wire.send_frame(self._connection, wire.encode(message), deadline)
        except wire.ProtocolError as error:
            raise self._protocol(str(error)) from None
        except TimeoutError:
            raise self._timeout() from None
        except OSError:
            raise self._crashed() from None

    def _reply(self, functions: Mapping[int, Callable[..., object]], deadline: wire.Deadline) -> wire.Reply:
        while True:
            message = self._receive(deadline)
            if isinstance(message, wire.Invoke):
                try:
                    reply = answer(message, functions)
                except wire.ProtocolError as error:
                    raise self._protocol(str(error)) from None
                self._send(reply, deadline)
                continue
            if isinstance(message, wire.Hello):
                raise self._protocol("a second greeting")
            self._budget.printed += max(0, message.lines)
            if message.forbidden:
                if message.forbidden not in self._guarded:
                    raise self._protocol("a forbidden name that nobody guards")
                raise ForbiddenReached(message.forbidden)
            if isinstance(message, wire.Raised) and (stopped := _stopped_by(message)) is not None:
                raise WorkerFailure("crashed", stopped, message.frames)
            return message

    def _receive(self, deadline: wire.Deadline) -> wire.ToJudge:
        try:
            data = wire.receive_frame(self._connection, deadline)
            if data is None:
                raise self._crashed()
            return wire.decode_reply(data)
        except TimeoutError:
            raise self._timeout() from None
        except wire.ProtocolError as error:
            raise self._protocol(str(error)) from None
        except OSError:
            raise self._crashed() from None

    def _timeout(self) -> WorkerFailure:
        """What ran out of time, where it was, and what may have taken it. The same place is told in the same words."""
        limits, over = self._budget.limits, self._budget.over(self._pid)
        frames = self._located()
        before = next((hung for hung in self._budget.hung if hung.at(frames)), None)
        if over:
            text = both("the {seconds:g} s that the exercise may take were used up", seconds=limits.exercise_seconds)
        elif not self._loaded:
            text = both("while the file was being loaded, it took longer than {seconds:g} s",
                        seconds=limits.call_seconds)  # fmt: skip
        else:
            text = both("one call took longer than {seconds:g} s", seconds=limits.call_seconds)
        if before is not None and not over:
            self.end()
            return WorkerFailure("timeout", before.text, before.frames)
        if frames and not over:
            text = both("{told}; it was at {place}", told=text, place=place_of(frames[-1]))
        if self._budget.printed > MANY_LINES:
            text = both("{told}; it had printed more than {lines} lines, which takes time", told=text, lines=MANY_LINES)
        if _held(self._pid) > limits.memory_mib / 2:
            text = both("{told}; it held more than half of the {limit} MiB of memory there are",
                        told=text, limit=limits.memory_mib)  # fmt: skip
        self._budget.hung.append(Hung(frames, text))
        self.end()
        return WorkerFailure("timeout", text, frames)

    def _located(self) -> list[wire.Frame]:
        """The learner's lines at which it is, as far as it says so."""
        if not self._number or self._budget.silent:
            return []
        self._server.locate(self._number)
        frames = self._places.frames(self._names)
        self._budget.silent = not frames
        return frames

    def _hangs_again(self) -> bool:
        """Whether it is where a call ran out of time before."""
        frames = self._located()
        return any(hung.at(frames) for hung in self._budget.hung)

    def _protocol(self, why: str) -> WorkerFailure:
        self.end()
        return WorkerFailure(
            "protocol", both("protocol error: the process wrote something that is not an answer ({why})", why=why)
        )

    def _crashed(self) -> WorkerFailure:
        status = self.end(report=True)
        if os.WIFSIGNALED(status):
            name = _signal_name(os.WTERMSIG(status))
            return WorkerFailure("crashed", both("the process was killed by {signal}", signal=name))
        return WorkerFailure(
            "crashed", both("the process ended itself with exit code {code}", code=os.WEXITSTATUS(status))
        )

    def end(self, *, report: bool = False) -> int:
        """Kill it if it lives; with `report`, its wait status. Ending twice is no error."""
        if not self._number:
            return 0
        self._connection.close()
        self._places.close()
        number, self._number = self._number, 0
        return self._server.end(number, report=report)


def _held(process: str) -> float:
    """How much memory a process holds that it does not share, in MiB; 0 where the kernel does not say."""
    try:
        lines = Path("/proc", process, "smaps_rollup").read_text(encoding="ascii").splitlines()
        return sum(int(line.split()[1]) for line in lines if line.startswith("Private_")) / 1024
    except (OSError, ValueError):
        return 0.0


def _signal_name(number: int) -> str:
    """`SIGKILL` for 9; most real-time signals have no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


_OUT_OF_MEMORY: Final = ("DefaultCPUAllocator", "std::bad_alloc", "not enough memory")
"""How torch says it."""


def _stopped_by(reply: wire.Raised) -> Text | None:
    """Whether an exception means that a limit or the sandbox stopped the submission, and which."""
    code = errno.errorcode.get(reply.errno or 0, "")
    if "MemoryError" in reply.bases or any(word in reply.message for word in _OUT_OF_MEMORY) or code == "ENOMEM":
        why = both("ran out of memory")
    elif code in ("EMFILE", "ENFILE"):
        why = both("ran into the limit on open files")
    elif code in ("EFBIG", "ENOSPC"):
        why = both("ran into the limit on file size")
    elif code in ("EPERM", "EACCES"):
        why = both("tried what is not allowed while being graded")
    else:
        return None
    name = reply.bases[0] if reply.bases else "Exception"
    words = f"{name}: {reply.message}" if reply.message else name
    return both("{why}: {error}", why=why, error=words)


class WorkerPool:
    """Hands out one fresh worker after another; the next is made ready while the last one works."""

    def __init__(self, server: ForkServer, readable: list[str], budget: Budget, load: wire.Load) -> None:
        self.budget = budget
        self._make: Callable[[], Worker] = lambda: Worker(server, readable, budget, load)
        self._ready: Worker | None = None
        self.tier = "none"

    def warm(self) -> None:
        """Start the first worker now, to be ready when it is needed."""
        with contextlib.suppress(NotReady):
            self._ready = self._ready or self._make()

    def take(self, *, more: bool = True) -> tuple[Worker, wire.Reply]:
        """A worker, and what came of loading the submission; with `more`, another is started for the next call.

        Raises what `Worker.start` raises; one that could not be started is tried again, after a while.
        """
        for pause in (*PAUSES, None):
            worker = None
            try:
                worker, self._ready = self._ready or self._make(), None
                reply = worker.start()
                break
            except NotReady:
                if pause is None:
                    raise
                time.sleep(pause)
            except ForbiddenReached:
                if worker is not None:
                    worker.end()
                raise
            finally:
                if worker is not None and worker.tier:
                    self.tier = worker.tier
        assert worker is not None  # noqa: S101  # the last try breaks or raises
        if more:
            with contextlib.suppress(NotReady):  # then it is made when it is needed
                self._ready = self._make()
        return worker, reply

    def close(self) -> None:
        """End the worker that nobody took."""
        if self._ready is not None:
            self._ready.end()
            self._ready = None
