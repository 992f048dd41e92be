"""The ways in which a request reaches a module: a worker, this process, or a recording of what was answered before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType

import msgspec

from grader import wire
from grader.judge.workers.worker import Worker
from grader.kit.modules import Channel, answer
from grader.worker.executor import Executor

Functions = Mapping[int, Callable[..., object]]


class Exchange(msgspec.Struct, frozen=True):
    """A request, as bytes, and what it was answered."""

    request: bytes
    reply: wire.Reply


class LocalChannel:
    """Asks a module in this process: the same executor as in a worker, the same copies in and data out."""

    def __init__(self, module: ModuleType, path: str) -> None:
        self.case = 0
        self._functions: Functions = {}
        self._executor = Executor(module, path, self._invoke)

    def request(self, request: wire.Request, functions: Functions) -> wire.Reply:
        """Execute it here."""
        self._functions = functions
        return self._executor.execute(request)

    def _invoke(self, call: wire.Invoke) -> wire.Answer | wire.Refusal:
        return answer(call, self._functions)


class WorkerChannel:
    """Asks a worker."""

    def __init__(self, worker: Worker, case: int) -> None:
        self.case = case
        self._worker = worker

    def request(self, request: wire.Request, functions: Functions) -> wire.Reply:
        """Send it over."""
        return self._worker.request(request, functions)


class Recorder:
    """Passes requests on and writes down what was said."""

    def __init__(self, channel: Channel, case: int) -> None:
        channel.case = self.case = case
        self._channel = channel
        self.exchanges: list[Exchange] = []

    def request(self, request: wire.Request, functions: Functions) -> wire.Reply:
        """Ask, record, answer."""
        reply = self._channel.request(request, functions)
        self.exchanges.append(Exchange(wire.encode(request), reply))
        return reply


class Recorded:
    """Answers from a recording as long as the questions are the same; then goes on with the module itself."""

    def __init__(self, exchanges: list[Exchange], case: int, live: Callable[[], Channel]) -> None:
        self.case = case
        self._exchanges = exchanges
        self._asked: list[tuple[wire.Request, Functions]] = []
        self._live = live
        self._channel: Channel | None = None

    def request(self, request: wire.Request, functions: Functions) -> wire.Reply:
        """The recorded reply; at the first new question, everything asked so far is asked again of the module."""
        if self._channel is not None:
            return self._channel.request(request, functions)
        position = len(self._asked)
        if position < len(self._exchanges):
            exchange = self._exchanges[position]
            if exchange.request == wire.encode(request):
                self._asked.append((request, functions))
                return exchange.reply
        self._channel = self._live()
        self._channel.case = self.case
        for asked, answering in self._asked:
            self._channel.request(asked, answering)
        return self._channel.request(request, functions)
