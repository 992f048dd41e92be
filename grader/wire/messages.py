"""What the judge and a worker say to each other. Imports no torch.

Decoding checks everything, because the worker's bytes are written by code that nobody vetted.
"""

from __future__ import annotations

import math
from typing import Annotated, Final, Literal, TypeVar

import msgspec

from grader.wire.frames import FRAME_LIMIT, ProtocolError, within_limit

NESTING_LIMIT: Final = 32
"""Deepest nesting of lists, tuples and dictionaries."""
TEXT_LIMIT: Final = 4_000
"""Longest message, print-out or source line that a worker reports, in characters."""
FRAMES_LIMIT: Final = 8
"""Most lines of a traceback."""
FACTS_LIMIT: Final = 8
"""Most facts that one `Slip` states, and most tensors that a line of a traceback names."""
ARGUMENTS_LIMIT: Final = 100
"""Most arguments of one call back to the judge."""
VALUES_LIMIT: Final = 100_000
"""Most values in one message, nested ones included."""
INT_RANGE: Final = range(-(2**63), 2**63)

Told = Annotated[str, msgspec.Meta(max_length=TEXT_LIMIT + 2)]
"""A text in a worker's words; the mark that a print-out was cut takes two characters."""

DtypeName = Literal["float16", "bfloat16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"]
ITEM_SIZES: Final[dict[DtypeName, int]] = {
    "float16": 2, "bfloat16": 2, "float32": 4, "float64": 8,
    "uint8": 1, "int8": 1, "int16": 2, "int32": 4, "int64": 8, "bool": 1,
}  # fmt: skip
"""Bytes per entry."""


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
    """The judge's function could not be called like that. `kind` and `facts` say why, as in a `Slip`."""

    message: str
    kind: Literal["called", "stopped", "law"] = "stopped"
    facts: list[str] = []


Request = Load | Call | Get | Set | Vjp
ToWorker = Request | Answer | Refusal


class Frame(msgspec.Struct, frozen=True):
    """One line of a traceback, in the submission's own file, or in the companion that `path` names.

    It was passed `times` times; `tensors` are those that it names: `scores float32 (2, 3, 4)`.
    """

    line: int
    function: Told
    path: Told = ""
    times: int = 1
    tensors: Annotated[list[Told], msgspec.Meta(max_length=FACTS_LIMIT)] = []


SlipKind = Literal[
    "shape", "type", "graph", "backward", "parameter", "parameter shape", "attribute", "uninitialised", "signature",
    "forward", "called", "stopped", "law", "module", "keyboard", "compile",
]  # fmt: skip


class Slip(msgspec.Struct, frozen=True):
    """What an exception is about where Python's words do not say it: something that the grader itself did or asked.

    The judge says it in the reader's language (grader/judge/trying/telling.py, which also says what the facts are).
    """

    kind: SlipKind
    facts: Annotated[list[Told], msgspec.Meta(max_length=FACTS_LIMIT)] = []


class Hello(msgspec.Struct, frozen=True, tag="hello"):
    """The worker is locked in and ready, or could not be."""

    tier: Told
    error: Told = ""
    pid: int = 0


class Returned(msgspec.Struct, frozen=True, tag="returned"):
    """What a request gave; `changed` names the arguments that it altered, `forbidden` a guarded name it reached.

    `prints` is the beginning of what it printed, `lines` how many lines that were in all.
    """

    value: Value
    changed: Annotated[list[Told], msgspec.Meta(max_length=1000)] = []
    prints: Told = ""
    forbidden: Told = ""
    lines: int = 0


class Raised(msgspec.Struct, frozen=True, tag="raised"):
    """An exception of the submission, as data. `bases` are the names of its type's ancestors, itself first.

    `unwritten` names the function of the learner's whose own bare `raise NotImplementedError` it was.
    With a `slip` it is not the learner's own doing, or not in words that they would understand.
    """

    bases: Annotated[list[Told], msgspec.Meta(max_length=100)]
    message: Told
    frames: Annotated[list[Frame], msgspec.Meta(max_length=FRAMES_LIMIT)]
    errno: int | None = None
    changed: Annotated[list[Told], msgspec.Meta(max_length=1000)] = []
    prints: Told = ""
    forbidden: Told = ""
    unwritten: Told = ""
    lines: int = 0
    slip: Slip | None = None


class Invoke(msgspec.Struct, frozen=True, tag="invoke"):
    """The submission calls one of the judge's functions."""

    callback: int
    args: Annotated[list[Value], msgspec.Meta(max_length=ARGUMENTS_LIMIT)]


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
    if isinstance(message, Returned | Invoke):
        _check_all(message)
    return message


Said = TypeVar("Said", Answer, Invoke)


def sendable(message: Said) -> Said:
    """The message, if the other side will take it: asked before it is sent, where somebody waits for an answer.

    Raises ProtocolError where it is too much, or a text in it no Unicode.
    """
    if isinstance(message, Invoke) and len(message.args) > ARGUMENTS_LIMIT:
        raise ProtocolError(f"{len(message.args)} arguments are more than {ARGUMENTS_LIMIT}")
    try:
        within_limit(encode(message))
    except UnicodeEncodeError as error:
        raise ProtocolError(f"a text cannot be sent: {error}") from None
    _check_all(message)
    return message


def _check_all(message: Answer | Returned | Invoke) -> None:
    count = 0
    for value in message.args if isinstance(message, Invoke) else [message.value]:
        count = _check(value, count)


def _check(value: Value, count: int, depth: int = 0) -> int:
    """Require a value to be possible and not too much; `count` values were there before, the new count is returned."""
    count += 1
    if depth > NESTING_LIMIT:
        raise ProtocolError(f"values nested more than {NESTING_LIMIT} deep")
    if count > VALUES_LIMIT:
        raise ProtocolError(f"more than {VALUES_LIMIT} values in one message")
    if isinstance(value, Tensor):
        itemsize = ITEM_SIZES[value.dtype]
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
