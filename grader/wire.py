"""What crosses between the judge and a worker: data, within limits, and nothing else.

Both sides convert with `to_wire` and `from_wire`. Types are compared exactly: a subclass of a tensor, a float or a list
is not data but an object, and stays behind a `Ref`. Decoding checks everything, because the worker's bytes are written
by code that nobody vetted.
"""

from __future__ import annotations

import math
import socket
from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Annotated, Final, Literal, Protocol

import msgspec
import torch

FRAME_LIMIT: Final = 64 * 2**20
"""Largest frame in bytes."""
NESTING_LIMIT: Final = 32
"""Deepest nesting of lists, tuples and dictionaries."""
TEXT_LIMIT: Final = 4_000
"""Longest message, print-out or source line that a worker reports, in characters."""
FRAMES_LIMIT: Final = 8
"""Most lines of a traceback."""
VALUES_LIMIT: Final = 100_000
"""Most values in one message, nested ones included."""
_INT_RANGE: Final = range(-(2**63), 2**63)

Told = Annotated[str, msgspec.Meta(max_length=TEXT_LIMIT + 2)]
"""A text in a worker's words; the mark that a print-out was cut takes two characters."""

DtypeName = Literal["float16", "bfloat16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"]
_DTYPES: Final[dict[str, torch.dtype]] = {
    "float16": torch.float16, "bfloat16": torch.bfloat16, "float32": torch.float32, "float64": torch.float64,
    "uint8": torch.uint8, "int8": torch.int8, "int16": torch.int16, "int32": torch.int32, "int64": torch.int64,
    "bool": torch.bool,
}  # fmt: skip
_NAMES: Final[dict[torch.dtype, DtypeName]] = {dtype: name for name, dtype in _DTYPES.items()}  # type: ignore[misc]  # the keys are DtypeName's


class ProtocolError(Exception):
    """The bytes that came are not a message of this protocol."""


class Tensor(msgspec.Struct, frozen=True, tag="tensor"):
    """A dense tensor: row-major little-endian bytes."""

    dtype: DtypeName
    shape: Annotated[tuple[int, ...], msgspec.Meta(max_length=NESTING_LIMIT)]
    data: bytes
    requires_grad: bool = False


class Items(msgspec.Struct, frozen=True, tag="items"):
    """A list or a tuple."""

    kind: Literal["list", "tuple"]
    items: Annotated[list[Value], msgspec.Meta(max_length=VALUES_LIMIT)]


class Mapping(msgspec.Struct, frozen=True, tag="dict"):
    """A dictionary with plain keys, in its order."""

    items: Annotated[list[tuple[Key, Value]], msgspec.Meta(max_length=VALUES_LIMIT)]


class Generator(msgspec.Struct, frozen=True, tag="generator"):
    """A `torch.Generator` freshly seeded."""

    seed: int


class Ref(msgspec.Struct, frozen=True, tag="ref"):
    """An object that stays where it is; `described` is its type in the words of the side that keeps it."""

    id: int
    described: Told = ""


class Callback(msgspec.Struct, frozen=True, tag="callback"):
    """A function kept in the judge; the worker calls it by number."""

    id: int


class Named(msgspec.Struct, frozen=True, tag="named"):
    """A public helper that both sides have, by name."""

    name: str


Key = None | bool | int | float | str
Value = None | bool | int | float | str | Tensor | Items | Mapping | Generator | Ref | Callback | Named
Target = None | Ref | Named
"""Whom a request addresses: the submission's module, an object, or a helper."""


class Companion(msgspec.Struct, frozen=True):
    """A module that the submission imports: `exercises.attention.masked_softmax`, by its text."""

    name: str
    path: str
    source: str


class Load(msgspec.Struct, frozen=True, tag="load"):
    """Execute a source text as the submission's module; answered with the list of `required` names that it lacks.

    Companions are executed first, in their order.
    """

    source: str
    path: str
    required: list[str]
    guarded: list[str]
    companions: list[Companion] = []


class Call(msgspec.Struct, frozen=True, tag="call"):
    """Call target.name(*args, **kwargs). With `keep`, what is returned (or each item of it) stays behind a Ref."""

    case: int
    target: Target
    name: str
    args: list[Value]
    kwargs: dict[str, Value]
    keep: bool = False


class Get(msgspec.Struct, frozen=True, tag="get"):
    """Read target.name; the name may be dotted."""

    case: int
    target: Target
    name: str


class Set(msgspec.Struct, frozen=True, tag="set"):
    """Assign target.name = value."""

    case: int
    target: Target
    name: str
    value: Value


class Vjp(msgspec.Struct, frozen=True, tag="vjp"):
    """Call, then pull the cotangent back to every floating tensor argument (and to the target's parameters)."""

    case: int
    target: Target
    name: str
    args: list[Value]
    kwargs: dict[str, Value]
    cotangent: Value
    parameters: bool = False


class Answer(msgspec.Struct, frozen=True, tag="answer"):
    """What the judge's function returned to a worker that invoked it."""

    value: Value


class Refusal(msgspec.Struct, frozen=True, tag="refusal"):
    """The judge's function could not be called like that."""

    message: str


Request = Load | Call | Get | Set | Vjp
ToWorker = Request | Answer | Refusal


class Frame(msgspec.Struct, frozen=True):
    """One line of a traceback, in the submission's own file."""

    line: int
    function: Told


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """The worker is locked in and ready, or could not be."""

    tier: Told
    error: Told = ""
    pid: int = 0


class Returned(msgspec.Struct, frozen=True, tag="returned"):
    """What a request gave; `changed` names the arguments that it altered, `forbidden` a guarded name it reached."""

    value: Value
    changed: Annotated[list[Told], msgspec.Meta(max_length=1000)] = []
    prints: Told = ""
    forbidden: Told = ""


class Raised(msgspec.Struct, frozen=True, tag="raised"):
    """An exception of the submission, as data. `bases` are the names of its type's ancestors, itself first."""

    bases: Annotated[list[Told], msgspec.Meta(max_length=100)]
    message: Told
    frames: Annotated[list[Frame], msgspec.Meta(max_length=FRAMES_LIMIT)]
    errno: int | None = None
    changed: Annotated[list[Told], msgspec.Meta(max_length=1000)] = []
    prints: Told = ""
    forbidden: Told = ""


class Invoke(msgspec.Struct, frozen=True, tag="invoke"):
    """The submission calls one of the judge's functions."""

    callback: int
    args: Annotated[list[Value], msgspec.Meta(max_length=100)]


Reply = Returned | Raised
ToJudge = Hello | Returned | Raised | Invoke

_encoder = msgspec.msgpack.Encoder()
_to_worker: msgspec.msgpack.Decoder[ToWorker] = msgspec.msgpack.Decoder(ToWorker)
_to_judge: msgspec.msgpack.Decoder[ToJudge] = msgspec.msgpack.Decoder(ToJudge)


def encode(message: msgspec.Struct) -> bytes:
    """Serialise a message."""
    return _encoder.encode(message)


def decode_request(data: bytes) -> ToWorker:
    """Read what the judge wrote."""
    return _to_worker.decode(data)


def decode_reply(data: bytes) -> ToJudge:
    """Read what a worker wrote, trusting nothing. Raises ProtocolError."""
    try:
        message = _to_judge.decode(data)
    except (msgspec.MsgspecError, RecursionError, ValueError, MemoryError) as error:
        raise ProtocolError(f"undecodable message: {str(error)[:200]}") from None
    values = [message.value] if isinstance(message, Returned) else message.args if isinstance(message, Invoke) else []
    count = 0
    for value in values:
        count = _check(value, count)
    return message


def _check(value: Value, count: int, depth: int = 0) -> int:
    """Require a value to be possible and not too much; `count` values were there before, the new count is returned."""
    count += 1
    if depth > NESTING_LIMIT:
        raise ProtocolError(f"values nested more than {NESTING_LIMIT} deep")
    if count > VALUES_LIMIT:
        raise ProtocolError(f"more than {VALUES_LIMIT} values in one message")
    if isinstance(value, Tensor):
        itemsize = _DTYPES[value.dtype].itemsize
        # An axis of length 0 makes any other length free of charge here, and dear once something is summed over it.
        if (
            any(size < 0 for size in value.shape)
            or math.prod(size or 1 for size in value.shape) * itemsize > FRAME_LIMIT
        ):
            raise ProtocolError(f"a tensor of impossible shape {value.shape}")
        expected = math.prod(value.shape) * itemsize
        if expected != len(value.data):
            raise ProtocolError(
                f"a tensor of shape {value.shape} and dtype {value.dtype} needs {expected} bytes, got {len(value.data)}"
            )
    elif isinstance(value, Items):
        for item in value.items:
            count = _check(item, count, depth + 1)
    elif isinstance(value, Mapping):
        for _, item in value.items:
            count = _check(item, count, depth + 1)
    return count


def clean(text: str) -> str:
    """The text as it can be sent: surrogates, which UTF-8 does not have, become question marks."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def dtype_name(dtype: torch.dtype) -> str:
    """`float32` for torch.float32."""
    return str(dtype).removeprefix("torch.")


def tensor_to_wire(tensor: torch.Tensor) -> Tensor:
    """Copy a dense tensor's bytes. Raises KeyError for a dtype that does not cross."""
    detached = tensor.detach()
    flat = detached.contiguous().reshape(-1)
    flat = flat.as_strided(flat.shape, (1,))  # an expanded tensor of one entry is contiguous with a stride of 0
    data = flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""
    return Tensor(_NAMES[tensor.dtype], tuple(tensor.shape), data, tensor.requires_grad)


def tensor_from_wire(value: Tensor) -> torch.Tensor:
    """A new tensor, which shares memory with nothing."""
    dtype = _DTYPES[value.dtype]
    if not value.data:
        tensor = torch.empty(value.shape, dtype=dtype)
    else:
        tensor = torch.frombuffer(bytearray(value.data), dtype=dtype).reshape(value.shape)
    return tensor.requires_grad_() if value.requires_grad and dtype.is_floating_point else tensor


def to_wire(value: object, other: Callable[[object], Value], depth: int = 0) -> Value:
    """Turn exactly plain values into data; `other` decides about everything else."""
    kind = type(value)
    if value is None or kind is bool or kind is float or kind is str:
        return value  # type: ignore[return-value]  # the exact type was compared
    if kind is int:
        return value if value in _INT_RANGE else other(value)  # type: ignore[return-value]  # the exact type was compared
    if kind is torch.Tensor or kind is torch.nn.Parameter:
        tensor: torch.Tensor = value  # type: ignore[assignment]  # the exact type was compared
        if tensor.layout is torch.strided and tensor.device.type == "cpu" and tensor.dtype in _NAMES:
            return tensor_to_wire(tensor)
        return other(value)
    if depth >= NESTING_LIMIT:
        return other(value)
    if kind is list or kind is tuple or kind is torch.Size:
        items = [to_wire(item, other, depth + 1) for item in value]  # type: ignore[attr-defined]  # a sequence
        return Items("list" if kind is list else "tuple", items)
    if kind is dict or kind is OrderedDict:
        pairs: dict[object, object] = value  # type: ignore[assignment]  # the exact type was compared
        if all(key is None or type(key) in (bool, int, float, str) for key in pairs):
            return Mapping([(key, to_wire(item, other, depth + 1)) for key, item in pairs.items()])  # type: ignore[misc]  # plain keys
    return other(value)


def from_wire(value: Value, other: Callable[[Ref | Callback | Named], object]) -> object:
    """Turn data into new plain objects; `other` finds what Refs, Callbacks and Named helpers stand for."""
    if isinstance(value, Tensor):
        return tensor_from_wire(value)
    if isinstance(value, Items):
        items = (from_wire(item, other) for item in value.items)
        return list(items) if value.kind == "list" else tuple(items)
    if isinstance(value, Mapping):
        return {key: from_wire(item, other) for key, item in value.items}
    if isinstance(value, Generator):
        return torch.Generator().manual_seed(value.seed)
    if isinstance(value, Ref | Callback | Named):
        return other(value)
    return value


def tensors_in(value: object, name: str) -> Iterator[tuple[str, torch.Tensor]]:
    """Every tensor inside nested lists, tuples and dictionaries, with a name like `valid_lens` or `params[1]`."""
    if isinstance(value, torch.Tensor):
        yield name, value
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from tensors_in(item, f"{name}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from tensors_in(item, f"{name}[{key!r}]")


def send_frame(connection: socket.socket, data: bytes) -> None:
    """Write one frame: four bytes of length, then the bytes."""
    connection.sendall(len(within_limit(data)).to_bytes(4, "big") + data)


def within_limit(data: bytes) -> bytes:
    """The data, if it fits into a frame. Raises ProtocolError."""
    if len(data) > FRAME_LIMIT:
        raise ProtocolError(f"a message of {len(data)} bytes is over the limit of {FRAME_LIMIT}")
    return data


class Deadline(Protocol):
    """By when a frame must be there; what is left may grow."""

    def remaining(self) -> float:
        """Seconds that are left; 0 or less when it is over."""


def receive_frame(connection: socket.socket, deadline: Deadline | None = None) -> bytes | None:
    """Read one frame; None when the other side has closed. Raises TimeoutError past the deadline."""
    header = _receive(connection, 4, deadline)
    if header is None:
        return None
    size = int.from_bytes(header, "big")
    if size > FRAME_LIMIT:
        raise ProtocolError(f"a message of {size} bytes is over the limit of {FRAME_LIMIT}")
    return _receive(connection, size, deadline)


def _receive(connection: socket.socket, size: int, deadline: Deadline | None) -> bytes | None:
    parts: list[bytes] = []
    while size:
        if deadline is not None:
            remaining = deadline.remaining()
            if remaining <= 0:
                raise TimeoutError
            connection.settimeout(remaining)
        try:
            part = connection.recv(min(size, 2**20))
        except TimeoutError:
            continue  # there may be more time by now
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
