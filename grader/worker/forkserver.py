"""The fork server: holds torch, forks a worker for each property, ends it and tells how it ended.

It is forked from the judge when that has imported torch and nothing else: it never sees a solution, a property or a
seed, runs one thread, and computes nothing (a process that has started its OpenMP pool leaves children that hang).
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import importlib
import os
import signal
import socket
import sys
import tempfile
import warnings
from typing import Final, NoReturn

import msgspec
import torch

from grader import wire
from grader.worker import places, sandbox, serving
from grader.worker.lifetime import close_inherited, end_with

_FREE: Final = 16
"""No descriptor of a worker's stays at or above this one."""


class Spawn(msgspec.Struct, frozen=True, tag="spawn"):
    """Fork a worker on the descriptors that come with this message: where it talks, and where it says where it is.

    Not answered: the worker greets on its own.
    """

    number: int
    readable: list[str]
    memory_bytes: int
    cpu_seconds: int


class End(msgspec.Struct, frozen=True, tag="end"):
    """Kill a worker, if it still lives; answered with how it ended if `report`."""

    number: int
    report: bool


class Locate(msgspec.Struct, frozen=True, tag="locate"):
    """Have a worker say where it is, on its second descriptor. Not answered."""

    number: int


class Preload(msgspec.Struct, frozen=True, tag="preload"):
    """Import a module that could not be imported behind the lock."""

    module: str


class Done(msgspec.Struct, frozen=True):
    """An answer: a worker's wait status, or 0."""

    status: int = 0
    error: str = ""


_decoder = msgspec.msgpack.Decoder(Spawn | End | Locate | Preload)


def serve(control: socket.socket, judge: int) -> NoReturn:
    """Answer the judge (a process number) until it goes away; then leave no worker behind."""
    os.setsid()
    end_with(judge)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _forget_the_past()
    _quiet_descriptors(control)
    _prepare_torch()
    sandbox.prepare()
    gc.collect()
    gc.freeze()  # so that collections in a worker do not copy the pages that it shares
    gc.enable()
    workers: dict[int, int] = {}
    try:
        while (received := wire.receive_frame_and_descriptors(control)) is not None:
            done = _obey(received[0], received[1], workers, control)
            if done is not None:
                wire.send_frame(control, wire.encode(done))
    finally:
        for pid in workers.values():
            _end(pid)
        os._exit(0)


def _obey(message: bytes, descriptors: list[int], workers: dict[int, int], control: socket.socket) -> Done | None:
    command = _decoder.decode(message)
    if isinstance(command, Spawn):
        if (
            len(descriptors) < wire.DESCRIPTORS_LIMIT
        ):  # they did not come over, for want of descriptors: the judge sees a worker that is gone
            for descriptor in descriptors:
                os.close(descriptor)
            return None
        server = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:  # no more processes: this worker's misfortune, not everybody's
            os.close(descriptors[1])
            with socket.socket(fileno=descriptors[0]) as connection, contextlib.suppress(OSError):
                wire.send_frame(connection, wire.encode(wire.Hello("none", f"{type(error).__name__}: {error}")))
            return None
        if pid == 0:
            control.close()
            _work(command, descriptors, server)
        for descriptor in descriptors:
            os.close(descriptor)
        workers[command.number] = pid
        return None
    if isinstance(command, End):
        pid = workers.pop(command.number, 0)
        status = _end(pid) if pid else 0
        return Done(status) if command.report else None
    if isinstance(command, Locate):
        if (located := workers.get(command.number)) is not None and places.SIGNAL is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(located, places.SIGNAL)
        return None
    try:
        importlib.import_module(command.module)
    except Exception as error:
        return Done(error=f"{type(error).__name__}: {error}")
    return Done()


def _end(pid: int) -> int:
    """Kill and reap; the number is free for another process only afterwards."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return os.waitpid(pid, 0)[1]


def _work(command: Spawn, descriptors: list[int], server: int) -> NoReturn:
    """Become a worker: alone in a session, two descriptors, locked in, answering calls."""
    try:
        os.setsid()
        end_with(server)
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        apart = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, _FREE) for descriptor in descriptors]
        for place, descriptor in enumerate(apart, 3):
            os.dup2(descriptor, place)
        close_inherited({3, 4})
        places.answer_on(4)
        connection = socket.socket(fileno=3)
        limits = sandbox.Limits(memory_bytes=command.memory_bytes, cpu_seconds=command.cpu_seconds)
        try:
            tier = sandbox.lock(command.readable, limits)
        except BaseException as error:
            wire.send_frame(connection, wire.encode(wire.Hello("none", f"{type(error).__name__}: {error}")))
        else:
            serving.serve(connection, tier)
    finally:
        os._exit(0)


def _forget_the_past() -> None:
    """Drop what a submission might read of the command that started all this."""
    warnings.resetwarnings()  # pytest's make errors of them
    warnings.simplefilter("default")
    sys.argv[:] = [""]
    sys.orig_argv[:] = [""]
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL", "PATH", "TZ", "PYTHONHASHSEED") if name in os.environ}
    os.environ.clear()
    os.environ.update(kept, OMP_NUM_THREADS="1")


def _quiet_descriptors(control: socket.socket) -> None:
    """Standard streams to /dev/null; everything but the control socket closed."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(null, descriptor)
    close_inherited({control.fileno()})


def spare_the_compiler() -> None:
    """Spare optimizers the compiler that nobody uses here.

    The first `Optimizer()` imports torch._dynamo (1.1 s) only to mark a few of its methods "do not compile me". Each
    wrapper keeps the marked method on the function that it wraps; entering the function itself there says the same of a
    process that never compiles. A torch that works differently falls back to the import, where it is asked for.
    """
    for member in vars(torch.optim.Optimizer).values():
        wrapped = getattr(member, "__wrapped__", None)
        if (
            wrapped is not None
            and "__dynamo_disable" in getattr(member, "__code__", spare_the_compiler.__code__).co_consts
        ):
            wrapped.__dict__.setdefault("__dynamo_disable", wrapped)


def _prepare_torch() -> None:
    """Touch what torch would load late."""
    import jaxtyping  # noqa: F401  # every stub imports it, and a worker would read it anew each time

    tempfile.tempdir = "/tmp"  # noqa: S108  # torch's compiler wants to name one; behind the lock none can be tried
    torch.set_num_threads(1)
    # Which vector instructions there are is read from /proc at the first operation. Behind the lock nothing is found,
    # and a worker would compute with other kernels than the judge: slower, and different in the last digit.
    torch.backends.cpu.get_cpu_capability()
    torch.ones(1).uniform_()
