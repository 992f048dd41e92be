"""Executes requests on a module and its objects.

The worker uses it behind the lock; the judge uses the same code on its own solutions, so that a scenario means the same
on both: arguments go in as copies, plain data comes out, an exception is data too.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from types import ModuleType
from typing import Any

import torch

from grader import wire
from grader.wire.values import from_wire, tensor_to_wire, tensors_in, to_wire
from grader.worker.describing import frames_of, message_of, unwritten
from grader.worker.guard import Guard
from grader.worker.helpers import HELPERS, blocks_in_order
from grader.worker.printing import Printed
from grader.worker.slips import CallbackFailed, Slipped, slip_of

Invoker = Callable[[wire.Invoke], wire.Answer | wire.Refusal]


class Executor:
    """Answers requests about `module`, whose source is called `path`; `invoke` reaches the judge's functions.

    `companions` are what the sources of the learner's other modules are called; `spare` is memory to be let go when
    there is none left.
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
        spare: list[bytearray] | None = None,
    ) -> None:
        self._module = module
        self._path, self._companions = path, companions
        self._invoke = invoke
        self._printed = printed or Printed()
        self._guard = guard or Guard()
        self._spare = spare
        self._objects: dict[int, Any] = {}
        self._numbers: dict[int, int] = {}
        self._case = -1

    def execute(self, request: wire.Request) -> wire.Reply:
        """Do what the request asks. Whatever the submission raises becomes a `Raised`."""
        given: list[tuple[str, torch.Tensor, torch.Tensor]] = []
        try:
            self._begin(getattr(request, "case", self._case))
            value = self._perform(request, given)
            prints, lines = self._printed.take()
            return wire.Returned(value, _changed(given), prints, self._guard.reached, lines)
        except BaseException as error:
            self._make_room(error)
            return self.describe(error, _changed(given), request)

    def describe(self, error: BaseException, changed: list[str], request: wire.Request | None = None) -> wire.Raised:
        """The exception as data: its type, its message and the lines of the submission that it passed."""
        self._make_room(error)
        message, kind = message_of(error), type(error)
        frames = frames_of(error.__traceback__, self._path, self._companions)
        bases = [wire.clean(base.__name__) for base in kind.__mro__ if base not in (object, BaseException)]
        number = error.errno if isinstance(error, OSError) and type(error.errno) is int else None
        try:
            slip = slip_of(error, request, self._resolve, self._module, own=bool(frames))
        except BaseException:  # it looks at what the submission made, which may do anything
            slip = None
        waits = not message and kind is NotImplementedError
        prints, lines = self._printed.take()
        return wire.Raised(
            [slip.kind, *bases] if slip is not None and isinstance(error, Slipped) else bases,
            message,
            frames,
            number,
            changed,
            prints,
            self._guard.reached,
            unwritten(error.__traceback__, self._path, self._companions) if waits else "",
            lines,
            slip,
        )

    def _make_room(self, error: BaseException) -> None:
        """Where there is no memory left, let go of some, so that this can be said."""
        if isinstance(error, MemoryError) and self._spare:
            self._spare.clear()

    def _begin(self, case: int) -> None:
        """Forget the objects of the case before, and start its random numbers where every case starts them."""
        if case != self._case:
            self._case = case
            self._printed.begin()
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
        first = output[0] if type(output) in (list, tuple) and output else output
        cotangent: Any = from_wire(request.cotangent, self._stand_in)
        if not isinstance(first, torch.Tensor):
            raise Slipped("returned no tensor", "type", described(first))
        if first.shape != cotangent.shape:
            shapes = tuple(first.shape), tuple(cotangent.shape)
            raise Slipped("returned shape {}, expected {}".format(*shapes), "shape", *shapes)
        names = [name for name, _ in leaves + parameters]
        inputs = [tensor for _, tensor in leaves + parameters]
        # A scalar, because autograd.grad imports sympy (0.3 s) to look at the shape of a cotangent.
        total = (first * cotangent).sum()
        if not total.requires_grad:
            raise Slipped("has no gradient", "graph")
        grads = self._pull_back(total, inputs)
        return to_wire((output, dict(zip(names, grads, strict=True))), self._keep)

    def _pull_back(self, total: torch.Tensor, inputs: list[torch.Tensor]) -> tuple[torch.Tensor | None, ...]:
        """The gradients. What torch refuses has no line of the learner's, unless it is in a function of theirs."""
        try:
            return torch.autograd.grad(total, inputs, allow_unused=True)
        except RuntimeError as error:
            if frames_of(error.__traceback__, self._path, self._companions):
                raise
            message = message_of(error)
            raise Slipped(message, "backward", type(error).__name__, message) from error

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
        return wire.Ref(number, described(value))

    def _stand_in(self, value: wire.Ref | wire.Callback | wire.Named) -> object:
        if isinstance(value, wire.Ref):
            return self._objects[value.id]
        if isinstance(value, wire.Named):
            return HELPERS[value.name]
        number = value.id

        def callback(*args: object) -> object:
            call = wire.Invoke(number, [to_wire(arg, self._keep) for arg in args])
            try:
                answer = self._invoke(wire.sendable(call))
            except wire.ProtocolError as error:
                answer = wire.Refusal(str(error), "stopped", ["…", type(error).__name__, str(error)])
            if isinstance(answer, wire.Refusal):
                raise CallbackFailed(number, answer)
            return from_wire(answer.value, self._stand_in)

        return callback


def described(value: object) -> str:
    """The type of a value: `list`, `submission.Liar`."""
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")[:200]
    if kind is torch.Tensor:  # one that does not cross: sparse, on the meta device, complex
        assert isinstance(value, torch.Tensor)  # noqa: S101  # it is
        name += f" ({value.layout}, {value.device}, {value.dtype})"
    return wire.clean("None" if value is None else name)


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
