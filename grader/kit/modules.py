"""Modules and their objects as the author of a property sees them.

A `Module` looks the same whether it stands for a submission in a worker or for a reference in this process: arguments
are copied in, plain data comes out, everything else stays behind an `Object`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, Protocol

import torch

from grader import wire
from grader.kit.assertions import Mismatch
from grader.kit.quantities import describe_type
from grader.kit.values import Exact, Values
from grader.text import both
from grader.wire.spelling import spelled
from grader.wire.values import from_wire, to_wire


class Channel(Protocol):
    """Carries requests to a module, wherever it lives."""

    case: int

    def request(self, request: wire.Request, functions: Mapping[int, Callable[..., object]]) -> wire.Reply:
        """Ask, and wait for the reply; `functions` are the judge's functions that may be called meanwhile."""


class SubmissionError(Exception):
    """A module raised a `type_name`, with the ancestors `bases`; `channel` tells which module."""

    def __init__(self, reply: wire.Raised, channel: Channel) -> None:
        self.reply, self.channel = reply, channel
        self.bases = reply.bases
        self.type_name = reply.bases[0] if reply.bases else "BaseException"
        super().__init__(f"{self.type_name}: {reply.message}")


class CalledWrongly(TypeError):
    """A function of ours was called with a `got` (a type), and takes "tensors" alone, or what is "plain"."""

    def __init__(self, got: str, wanted: Literal["tensors", "plain"]) -> None:
        expected = {"tensors": "a tensor", "plain": "plain tensors and numbers"}[wanted]
        super().__init__(f"called with an object of type {got}, expected {expected}")
        self.got, self.wanted = got, wanted


@dataclass(frozen=True, slots=True)
class Generator:
    """A `torch.Generator` seeded with `seed`, made anew wherever it is handed over."""

    seed: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a call ended: its value or its error, and the names of the arguments that it changed."""

    value: Any
    error: SubmissionError | None
    _reply: wire.Reply
    _channel: Channel

    @property
    def changed(self) -> tuple[str, ...]:
        """Names of the arguments that the call changed; a channel that keeps a transcript is told that this matters."""
        note = getattr(self._channel, "changes_matter", None)
        if note is not None:
            note(self._reply)
        return tuple(self._reply.changed)


_METHODS = frozenset(
    [
        "eval",
        "train",
        "double",
        "float",
        "half",
        "to",
        "state_dict",
        "load_state_dict",
        "parameters",
        "named_parameters",
        "forward",
        "step",
        "zero_grad",
        "add_param_group",
        "requires_grad_",
    ]
)
"""Methods of torch's classes: calling one takes one message, not one to look it up and one to call it."""


class Function:
    """A function, class or method of a module, called by name."""

    __slots__ = ("_channel", "_name", "_target")

    def __init__(self, channel: Channel, target: wire.Target, name: str) -> None:
        self._channel, self._target, self._name = channel, target, name

    def __call__(self, *args: object, **kwargs: object) -> Any:
        """Call it with copies of the arguments."""
        return settle(self._channel, self.send(args, kwargs))

    def send(self, args: Sequence[object], kwargs: Mapping[str, object], *, keep: bool = False) -> wire.Reply:
        """Call it; the reply as it came."""
        functions: dict[int, Callable[..., object]] = {}
        request = wire.Call(
            self._channel.case,
            self._target,
            self._name,
            [pack(arg, functions) for arg in args],
            {name: pack(arg, functions) for name, arg in kwargs.items()},
            keep,
        )
        return self._channel.request(request, functions)


class Module:
    """A submission or a reference: `module.name(...)` calls its function or builds an object of its class."""

    __slots__ = ("_channel",)

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def __getattr__(self, name: str) -> Function:
        if name.startswith("_"):  # pytest, Hypothesis and copy ask for names of their own
            raise AttributeError(name)
        return Function(self._channel, None, name)


class Object:
    """An object that the module keeps: call it, read and set its attributes, call its methods.

    Used as if it were a value it raises a `Mismatch`: an object that compares equal to everything compares to nothing.
    """

    __slots__ = ("_channel", "_ref")

    def __init__(self, channel: Channel, ref: wire.Ref) -> None:
        object.__setattr__(self, "_channel", channel)
        object.__setattr__(self, "_ref", ref)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name in _METHODS:
            return Function(self._channel, self._ref, name)
        request = wire.Get(self._channel.case, self._ref, name)
        return settle(self._channel, self._channel.request(request, {}))

    def __setattr__(self, name: str, value: object) -> None:
        request = wire.Set(self._channel.case, self._ref, name, pack(value))
        settle(self._channel, self._channel.request(request, {}))

    def __call__(self, *args: object, **kwargs: object) -> Any:
        """Call the object itself, as one calls an nn.Module."""
        return Function(self._channel, self._ref, "")(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<{self._ref.described}>"

    def _describe(self) -> str:
        return self._ref.described or "an object"

    def _not_a_value(self, *_args: object) -> NoReturn:
        raise Mismatch(both("returned {actual}, expected plain data", actual=describe_type(self)))

    __hash__ = None  # type: ignore[assignment]  # an object elsewhere is no key
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _not_a_value
    __bool__ = __len__ = __iter__ = __float__ = __int__ = __getitem__ = __contains__ = _not_a_value
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = _not_a_value
    __matmul__ = __rmatmul__ = __neg__ = __abs__ = _not_a_value


def pack(value: object, functions: dict[int, Callable[..., object]] | None = None) -> wire.Value:
    """An argument as data; a function stays here and gets a number, where it can be called while the call lasts."""
    if isinstance(value, Values | Exact):
        return value.wire
    if isinstance(value, list | tuple):
        return wire.Items("list" if isinstance(value, list) else "tuple", [pack(item, functions) for item in value])
    if isinstance(value, dict):
        return wire.Mapping([(key, pack(item, functions)) for key, item in value.items()])
    if isinstance(value, Generator):
        return wire.Generator(value.seed)
    if isinstance(value, Object):
        ref: wire.Ref = object.__getattribute__(value, "_ref")
        return wire.Ref(ref.id)
    if functions is not None and callable(value) and not isinstance(value, torch.Tensor):
        functions[len(functions) + 1] = value
        return wire.Callback(len(functions))

    def refuse(value: object) -> NoReturn:
        raise TypeError(f"a property handed over {value!r} of type {type(value).__name__}, which cannot cross")

    return to_wire(value, refuse)


def unpack(channel: Channel, value: wire.Value) -> Any:
    """A reply's value: new plain objects, and Objects for what stays behind."""

    def stands_for(value: wire.Ref | wire.Callback | wire.Named) -> object:
        if not isinstance(value, wire.Ref):
            raise wire.ProtocolError(f"a {type(value).__name__.lower()} came back")
        return Object(channel, value)

    return from_wire(value, stands_for)


def settle(channel: Channel, reply: wire.Reply) -> Any:
    """The value of a reply. Raises SubmissionError for an exception."""
    if isinstance(reply, wire.Raised):
        raise SubmissionError(reply, channel)
    return unpack(channel, reply.value)


def answer(call: wire.Invoke, functions: Mapping[int, Callable[..., object]]) -> wire.Answer | wire.Refusal:
    """Call one of the judge's functions for a module. Whatever goes wrong is the answer, since somebody waits for one.

    Raises ProtocolError where no such function was handed over, and lets through what is no Exception: who wants to
    leave is not kept.
    """
    function = functions.get(call.callback)
    if function is None:
        raise wire.ProtocolError(f"there is no function number {call.callback} to call back")
    try:
        args = [from_wire(arg, _no_objects) for arg in call.args]
        return wire.sendable(wire.Answer(pack(function(*args))))
    except CalledWrongly as error:
        return wire.Refusal(wire.clean(str(error)), "called", [wire.clean(error.got), error.wanted])
    except Mismatch as error:
        return wire.Refusal(error.text["en"], "law", [error.text["en"], error.text["zh"]])
    except Exception as error:
        name, message = type(error).__name__, _message(error)
        told = f"{name}: {message}" if message else name
        arguments = ", ".join(spelled(arg) for arg in call.args)
        return wire.Refusal(wire.clean(told[: wire.TEXT_LIMIT]), "stopped", [arguments, name, wire.clean(message)])


def _message(error: Exception) -> str:
    try:
        return str(error)
    except Exception:
        return ""


def _no_objects(value: wire.Ref | wire.Callback | wire.Named) -> NoReturn:
    described = value.described if isinstance(value, wire.Ref) else type(value).__name__
    raise CalledWrongly(described, "tensors" if described.startswith("numpy.") else "plain")


def _function(target: Function | Object) -> Function:
    if isinstance(target, Function):
        return target
    return Function(object.__getattribute__(target, "_channel"), object.__getattribute__(target, "_ref"), "")


def outcome(function: Function | Object, *args: object, **kwargs: object) -> Outcome:
    """Call and report how it ended, instead of raising."""
    called = _function(function)
    reply = called.send(args, kwargs)
    value, error = None, None
    try:
        value = settle(called._channel, reply)
    except SubmissionError as raised:
        error = raised
    return Outcome(value, error, reply, called._channel)


def vjp(
    function: Function | Object, args: Sequence[object], cotangent: object, *, parameters: bool = False
) -> dict[str, Any]:
    """Gradients of sum(cotangent * function(*args)[first output]).

    Returns {"output": …, "0": gradient of args[0], …}; None where a floating tensor did not take part; with
    `parameters` also one entry per parameter name of an object.
    """
    called = _function(function)
    packed = [pack(arg) for arg in args]
    channel = called._channel
    request = wire.Vjp(channel.case, called._target, called._name, packed, {}, pack(cotangent), parameters)
    output, grads = settle(channel, channel.request(request, {}))
    return {"output": output, **grads}


def keep(function: Function | Object, *args: object) -> Any:
    """Call, and leave what it returns where the module lives; the entries of a tuple or list one by one.

    For what only the submission may look into, such as a decoder's state, and for what has to keep its graph.
    """
    called = _function(function)
    return settle(called._channel, called.send(args, {}, keep=True))


def fetch(left: Object) -> Any:
    """What `keep` left there, as data."""
    channel, ref = (object.__getattribute__(left, name) for name in ("_channel", "_ref"))
    return settle(channel, channel.request(wire.Get(channel.case, ref, ""), {}))


def helper(module: Module | Object, name: str, *args: object, keep: bool = False) -> Any:
    """Run a public helper (see grader/worker/helpers.py) where the module lives; with `keep` its result stays there."""
    channel: Channel = object.__getattribute__(module, "_channel")
    called = Function(channel, wire.Named(name), "")
    return settle(channel, called.send(args, {}, keep=keep))


def next_case(module: Module) -> None:
    """Begin another case: the module forgets its objects, and its random numbers start anew."""
    channel: Channel = object.__getattribute__(module, "_channel")
    channel.case += 1
