"""Executes requests on a module and its objects.

The worker uses it behind the lock; the judge uses the same code on its own solutions, so that a scenario means the same
on both: arguments go in as copies, plain data comes out, an exception is data too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from types import ModuleType, TracebackType
from typing import Any

import torch

from grader import wire
from grader.wire.values import from_wire, tensor_to_wire, tensors_in, to_wire
from grader.worker.guard import Guard
from grader.worker.helpers import HELPERS, blocks_in_order
from grader.worker.printing import Printed

Invoker = Callable[[wire.Invoke], wire.Answer | wire.Refusal]


class CallbackFailed(RuntimeError):
    """A function that the judge handed over was called in a way that it cannot answer."""


class Executor:
    """Answers requests about `module`, whose source is called `path`; `invoke` reaches the judge's functions.

    `companions` are what the sources of the learner's other modules are called.
    """

    def __init__(
        self,
        module: ModuleType,
        path: str,
        invoke: Invoker,
        *,
        printed: Printed | None = None,
        guard: Guard | None = None,
        companions: Collection[str] = (),
    ) -> None:
        self._module = module
        self._path, self._companions = path, companions
        self._invoke = invoke
        self._printed = printed or Printed()
        self._guard = guard or Guard()
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._case = -1

    def execute(self, request: wire.Request) -> wire.Reply:
        """Do what the request asks. Whatever the submission raises becomes a `Raised`."""
        given: list[tuple[str, torch.Tensor, torch.Tensor]] = []
        try:
            self._begin(getattr(request, "case", self._case))
            value = self._perform(request, given)
            return wire.Returned(value, _changed(given), self._printed.take(), self._guard.reached)
        except BaseException as error:
            return self.describe(error, _changed(given))

    def describe(self, error: BaseException, changed: list[str]) -> wire.Raised:
        """The exception as data: its type, its message and the lines of the submission that it passed."""
        try:
            message = wire.clean(str(error)[: wire.TEXT_LIMIT])
        except BaseException:
            message = "(its message could not be read)"
        kind = type(error)
        bases = [wire.clean(base.__name__) for base in kind.__mro__ if base not in (object, BaseException)]
        number = error.errno if isinstance(error, OSError) and type(error.errno) is int else None
        return wire.Raised(
            bases,
            message,
            self._frames(error.__traceback__),
            number,
            changed,
            self._printed.take(),
            self._guard.reached,
            "" if message or NotImplementedError is not kind else self._unwritten(error.__traceback__),
        )

    def _unwritten(self, traceback: TracebackType | None) -> str:
        """The function of the learner's files that raised on its own account; empty if the last one was another's."""
        while traceback is not None and traceback.tb_next is not None:
            traceback = traceback.tb_next
        if traceback is None:
            return ""
        code = traceback.tb_frame.f_code
        name = wire.clean(code.co_qualname[:200])
        if code.co_filename == self._path:
            return name
        return f"{name} ({wire.clean(code.co_filename[:200])})" if code.co_filename in self._companions else ""

    def _frames(self, traceback: TracebackType | None) -> list[wire.Frame]:
        frames = []
        while traceback is not None:
            code = traceback.tb_frame.f_code
            if code.co_filename == self._path or code.co_filename in self._companions:
                path = "" if code.co_filename == self._path else wire.clean(code.co_filename[: wire.TEXT_LIMIT])
                frames.append(wire.Frame(traceback.tb_lineno, code.co_name, path))
            traceback = traceback.tb_next
        return frames[-wire.FRAMES_LIMIT :]

    def _begin(self, case: int) -> None:
        """Forget the objects of the case before, and start its random numbers where every case starts them."""
        if case != self._case:
            self._case = case
            self._objects.clear()
            self._numbers.clear()
            torch.default_generator.manual_seed(case)  # manual_seed() asks every accelerator too: 75 µs a case
            random.seed(case)

    def _perform(self, request: wire.Request, given: list[tuple[str, torch.Tensor, torch.Tensor]]) -> wire.Value:
        if isinstance(request, wire.Call):
            return self._call(request, given)
        if isinstance(request, wire.Vjp):
            return self._vjp(request)
        if isinstance(request, wire.Get):
            return to_wire(self._resolve(request.target, request.name), self._keep)
        if isinstance(request, wire.Set):
            owner, _, leaf = request.name.rpartition(".")
            setattr(self._resolve(request.target, owner), leaf, from_wire(request.value, self._stand_in))
            return None
        raise TypeError(f"a module is loaded once, not by {type(request).__name__}")

    def _call(self, request: wire.Call, given: list[tuple[str, torch.Tensor, torch.Tensor]]) -> wire.Value:
        args = [from_wire(value, self._stand_in) for value in request.args]
        kwargs = {name: from_wire(value, self._stand_in) for name, value in request.kwargs.items()}
        if not isinstance(request.target, wire.Named):  # helpers are meant to change what they are given
            named = [(f"{index}", arg) for index, arg in enumerate(args)] + list(kwargs.items())
            for name, argument in named:
                given.extend((label, tensor, tensor.detach().clone()) for label, tensor in tensors_in(argument, name))
        result = self._resolve(request.target, request.name)(*args, **kwargs)
        if not request.keep:
            return to_wire(result, self._keep)
        if type(result) in (list, tuple):
            return wire.Items("list" if type(result) is list else "tuple", [self._keep(item) for item in result])
        return self._keep(result)

    def _vjp(self, request: wire.Vjp) -> wire.Value:
        """Outputs, gradients by argument (None where there is none), and gradients by parameter name.

        The tensors handed over are not leaves: code that works in place on what it was given, as the book's does,
        raises on a leaf that requires gradients.
        """
        args = [from_wire(value, self._stand_in) for value in request.args]
        kwargs = {name: from_wire(value, self._stand_in) for name, value in request.kwargs.items()}
        leaves: list[tuple[str, torch.Tensor]] = []

        def track(name: str, value: object) -> object:
            if not isinstance(value, torch.Tensor) or not value.is_floating_point():
                return value
            leaves.append((name, value.requires_grad_()))
            return value.clone()

        function = self._resolve(request.target, request.name)
        args = [track(str(index), arg) for index, arg in enumerate(args)]
        kwargs = {name: track(name, arg) for name, arg in kwargs.items()}
        own = dict(function.named_parameters()) if request.parameters else {}
        parameters = list(zip(blocks_in_order(list(own)), own.values(), strict=True))
        output = function(*args, **kwargs)
        first = output[0] if type(output) in (list, tuple) else output
        cotangent: Any = from_wire(request.cotangent, self._stand_in)
        if first.shape != cotangent.shape:
            raise ValueError(f"returned shape {tuple(first.shape)}, expected {tuple(cotangent.shape)}")
        names = [name for name, _ in leaves + parameters]
        inputs = [tensor for _, tensor in leaves + parameters]
        # A scalar, because autograd.grad imports sympy (0.3 s) to look at the shape of a cotangent.
        grads = torch.autograd.grad((first * cotangent).sum(), inputs, allow_unused=True)
        return to_wire((output, dict(zip(names, grads, strict=True))), self._keep)

    def _resolve(self, target: wire.Target, name: str) -> Any:
        if isinstance(target, wire.Named):
            return HELPERS[target.name]
        found = self._module if target is None else self._objects[target.id]
        for part in name.split(".") if name else ():
            found = getattr(found, part)
        return found

    def _keep(self, value: object) -> wire.Ref:
        """Keep an object; the same object keeps its number."""
        number = self._numbers.get(id(value))
        if number is None:
            number = len(self._objects) + 1
            self._objects[number] = value
            self._numbers[id(value)] = number
        kind = type(value)
        described = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")[:200]
        if type(value) is torch.Tensor:  # one that does not cross: sparse, on the meta device, complex
            described += f" ({value.layout}, {value.device}, {value.dtype})"
        return wire.Ref(number, wire.clean(described))

    def _stand_in(self, value: wire.Ref | wire.Callback | wire.Named) -> object:
        if isinstance(value, wire.Ref):
            return self._objects[value.id]
        if isinstance(value, wire.Named):
            return HELPERS[value.name]
        number = value.id

        def callback(*args: object) -> object:
            call = wire.Invoke(number, [to_wire(arg, self._keep) for arg in args])
            answer = self._invoke(wire.sendable(call))
            if isinstance(answer, wire.Refusal):
                raise CallbackFailed(answer.message)
            return from_wire(answer.value, self._stand_in)

        return callback


def _changed(given: list[tuple[str, torch.Tensor, torch.Tensor]]) -> list[str]:
    """Names of the arguments whose shape or content is no longer what it was (by bytes, so that NaN equals itself)."""
    changed = []
    for name, tensor, before in given:
        now = tensor.detach()
        if (
            now.shape != before.shape
            or now.dtype != before.dtype
            or (not torch.equal(now, before) and tensor_to_wire(now).data != tensor_to_wire(before).data)
        ):
            changed.append(name)
    return changed
