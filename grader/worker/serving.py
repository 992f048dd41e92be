"""The loop of a worker: load the submission, answer requests until told to stop."""

from __future__ import annotations

import contextlib
import linecache
import os
import socket
import sys
from types import ModuleType

from grader import wire
from grader.worker.executor import Executor
from grader.worker.guard import Guard
from grader.worker.printing import Printed
from grader.worker.surroundings import furnish

MODULE_NAME = "submission"


def serve(connection: socket.socket, tier: str) -> None:
    """Answer on `connection` until the judge closes it."""
    printed, guard = Printed(), Guard()
    spare = furnish(printed)
    wire.send_frame(connection, wire.encode(wire.Hello(tier, pid=os.getpid())))
    module = ModuleType(MODULE_NAME)
    executor = Executor(module, "", lambda call: _invoke(connection, call), printed=printed, guard=guard)
    while (data := wire.receive_frame(connection)) is not None:
        request = wire.decode_request(data)
        if isinstance(request, wire.Load):
            executor = Executor(
                module, request.path, lambda call: _invoke(connection, call), printed=printed, guard=guard,
                companions=frozenset(companion.path for companion in request.companions), spare=spare,
            )  # fmt: skip
            reply = _load(module, request, executor, printed, guard)
        elif isinstance(request, wire.Answer | wire.Refusal):
            continue  # an answer to a question nobody is waiting for any more
        else:
            reply = executor.execute(request)
        wire.send_frame(connection, _encoded(reply, executor))


def _encoded(reply: wire.Reply, executor: Executor) -> bytes:
    """The reply's bytes; if it is too large or has text that is no Unicode, an exception that says so."""
    try:
        return wire.within_limit(wire.encode(reply))
    except (wire.ProtocolError, UnicodeEncodeError) as error:
        return wire.encode(executor.describe(error, []))


def _load(module: ModuleType, request: wire.Load, executor: Executor, printed: Printed, guard: Guard) -> wire.Reply:
    try:
        guard.install(request.guarded)
        for companion in request.companions:
            _execute(_companion(companion.name), companion.source, companion.path)
        sys.modules[MODULE_NAME] = module
        _execute(module, request.source, request.path)
        missing: list[wire.Value] = [name for name in request.required if not hasattr(module, name)]
        prints, lines = printed.take()
        return wire.Returned(wire.Items("list", missing), [], prints, guard.reached, lines)
    except BaseException as error:
        return executor.describe(error, [])


def _execute(module: ModuleType, source: str, path: str) -> None:
    module.__file__ = path
    lines = source.splitlines(keepends=True)
    linecache.cache[path] = (len(source), None, lines, path)  # for warnings and tracebacks
    exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)  # noqa: S102  # the submission itself, locked in


def _companion(name: str) -> ModuleType:
    """An empty module of a dotted name, with the packages above it; nothing of them lies on a disk."""
    owner, _, leaf = name.rpartition(".")
    module = ModuleType(name)
    sys.modules[name] = module
    if owner:
        package = sys.modules.get(owner) or _companion(owner)
        package.__path__ = []  # that makes it one
        setattr(package, leaf, module)
    return module


def _invoke(connection: socket.socket, call: wire.Invoke) -> wire.Answer | wire.Refusal:
    wire.send_frame(connection, wire.encode(call))
    data = wire.receive_frame(connection)
    if data is None:
        with contextlib.suppress(OSError):
            connection.close()
        raise SystemExit
    answer = wire.decode_request(data)
    if not isinstance(answer, wire.Answer | wire.Refusal):
        raise TypeError(f"expected an answer, got {type(answer).__name__}")
    return answer
