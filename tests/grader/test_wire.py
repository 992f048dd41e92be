"""The wire carries exactly plain data, and refuses every message that lies."""

import re
import socket
import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from grader import wire
from grader.wire import messages
from grader.wire.values import from_wire, to_wire

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(), inner, max_size=3)
    ),
    max_leaves=10,
)


def refuse(value):
    raise AssertionError(f"{value!r} is no plain data")


def roundtrip(value):
    message = wire.decode_reply(wire.encode(wire.Returned(to_wire(value, refuse))))
    return from_wire(message.value, refuse)


@settings(database=None, max_examples=200)
@given(plain)
def test_plain_data_comes_back_equal_and_of_the_same_type(value):
    back = roundtrip(value)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    "dtype", ["float16", "bfloat16", "float32", "float64", "uint8", "int8", "int16", "int32", "int64", "bool"]
)
@pytest.mark.parametrize("shape", [(), (1,), (2, 3), (0, 3)])
def test_a_tensor_comes_back_equal(dtype, shape):
    tensor = torch.ones(shape).to(getattr(torch, dtype))
    back = roundtrip(tensor)
    assert torch.equal(back, tensor)
    assert back.dtype == tensor.dtype


def test_a_view_crosses_by_its_entries():
    tensor = torch.arange(6.0).reshape(2, 3).T
    assert torch.equal(roundtrip(tensor), tensor)
    assert torch.equal(roundtrip(torch.ones(1).expand(3, 4)), torch.ones(3, 4))


@pytest.mark.parametrize("shape", [(1,), (1, 1), (3,), (2, 1, 3)])
def test_an_expanded_tensor_crosses_like_any_other(shape):
    tensor = torch.tensor(2.5).expand(shape)
    assert torch.equal(roundtrip(tensor), tensor)
    assert torch.equal(roundtrip(torch.arange(6.0)[::4][1:]), torch.tensor([4.0]))


def test_nan_and_infinity_cross():
    back = roundtrip([float("inf"), float("nan"), torch.tensor([float("-inf")])])
    assert back[0] == float("inf")
    assert back[1] != back[1]
    assert back[2].item() == float("-inf")


@pytest.mark.parametrize("kind", sorted({np.dtype(code).type for code in np.typecodes["AllInteger"]}, key=repr))
def test_a_whole_number_of_numpys_crosses_as_an_int(kind):
    for value in (0, 1, np.iinfo(kind).min, min(np.iinfo(kind).max, 2**63 - 1)):
        back = roundtrip(kind(value))
        assert (type(back), back) == (int, value)


@pytest.mark.parametrize("kind", [np.float16, np.float32, np.float64])
def test_a_float_of_numpys_crosses_as_the_float_that_it_is(kind):
    for value in (0.0, -0.5, float(kind(0.1)), float(np.finfo(kind).max), float("-inf")):
        back = roundtrip(kind(value))
        assert (type(back), back) == (float, value)
    assert np.isnan(roundtrip(kind("nan")))


def test_a_truth_of_numpys_crosses_as_a_truth():
    assert roundtrip([np.True_, np.False_]) == [True, False]
    assert [type(back) for back in roundtrip([np.True_, np.False_])] == [bool, bool]


def test_scalars_of_numpys_cross_wherever_plain_ones_do():
    back = roundtrip({"a": (np.int8(1), [np.float32(0.5)]), np.int64(3): np.True_, np.float64(0.25): None})
    assert back == {"a": (1, [0.5]), 3: True, 0.25: None}
    assert [type(key) for key in back] == [str, int, float]
    deep = np.int64(1)
    for _ in range(messages.NESTING_LIMIT):
        deep = [deep]
    assert "Ref" not in repr(to_wire(deep, lambda _: wire.Ref(1, "deep")))


class FloatLike(float):
    pass


class NumberLike(np.float64):
    pass


class AnyKind(type):
    """A class of these equals every class."""

    def __eq__(cls, other):
        return True

    def __hash__(cls):
        return hash(np.int64)


class Anything(metaclass=AnyKind):
    def __int__(self):
        return 1


class TensorLike(torch.Tensor):
    pass


@pytest.mark.parametrize(
    "value",
    [
        FloatLike(1.0), TensorLike([1.0]), object(), 2**63, {(1, 2): 3}, {FloatLike(1.0): 2}, {2**63: 1}, 1j, b"bytes", {1},
        type, Anything(), {Anything(): 1}, NumberLike(1.0), np.uint64(2**63), {np.uint64(2**63): 1}, np.longdouble(1),
        np.complex64(1), np.str_("a"), np.bytes_(b"a"), np.datetime64("2026-01-01"), np.timedelta64(1), np.array(1.0),
        np.array([1]), np.float64, np.ma.masked,
    ],
    ids=lambda value: re.sub(r" at 0x\w+", "", repr(value)),
)  # fmt: skip
def test_anything_else_is_an_object_and_not_data(value):
    ref = wire.Ref(1, "x")
    assert to_wire([value], lambda _: ref) == wire.Items("list", [ref])


def test_nesting_too_deep_is_an_object():
    value = []
    for _ in range(100):
        value = [value]
    inner = to_wire(value, lambda _: wire.Ref(1, "deep"))
    for _ in range(messages.NESTING_LIMIT):
        inner = inner.items[0]
    assert inner == wire.Ref(1, "deep")


def nested(depth):
    value = wire.Items("list", [])
    for _ in range(depth):
        value = wire.Items("list", [value])
    return value


LIES = {
    "a shape with more entries than bytes": wire.Returned(wire.Tensor("float32", (2, 2), b"\0" * 12)),
    "a shape with fewer entries than bytes": wire.Returned(wire.Tensor("float32", (1,), b"\0" * 12)),
    "a negative size": wire.Returned(wire.Tensor("float32", (-1, -1), b"\0" * 4)),
    "a huge shape with no bytes": wire.Returned(wire.Tensor("float64", (2**40,), b"")),
    "nesting": wire.Returned(nested(messages.NESTING_LIMIT + 5)),
    "a lie inside a callback's argument": wire.Invoke(1, [wire.Tensor("int64", (3,), b"")]),
}


@pytest.mark.parametrize("message", LIES.values(), ids=LIES)
def test_a_lying_message_is_a_protocol_error(message):
    with pytest.raises(wire.ProtocolError):
        wire.decode_reply(wire.encode(message))


@pytest.mark.parametrize(
    "data", [b"", b"\xc1", b"\x81", b"not msgpack", b"\x81\xa4type\xa8returned", b"\x91" * 100_000]
)
def test_bytes_that_are_no_message_are_a_protocol_error(data):
    with pytest.raises(wire.ProtocolError):
        wire.decode_reply(data)


def test_an_unknown_dtype_is_a_protocol_error():
    data = wire.encode(wire.Returned(wire.Tensor("float32", (1,), b"\0" * 4))).replace(b"float32", b"object_")
    with pytest.raises(wire.ProtocolError):
        wire.decode_reply(data)


def test_a_giant_frame_is_refused_before_it_is_read():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall((2**32 - 1).to_bytes(4, "big"))
        with pytest.raises(wire.ProtocolError, match="limit"):
            wire.receive_frame(ours)


class Allowed:
    """Deadlines that are late at once, after each of which so many seconds are granted."""

    def __init__(self, *granted):
        self.granted = [*granted, 0.0]

    def remaining(self):
        return self.granted.pop(0)


def test_half_a_frame_then_silence_ends_at_the_deadline():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall((10).to_bytes(4, "big") + b"half")
        with pytest.raises(TimeoutError):
            wire.receive_frame(ours, Allowed(1.0, 1.0, 0.01, 0.01))


def test_a_frame_that_comes_in_time_that_was_granted_later_is_whole():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.sendall((10).to_bytes(4, "big") + b"first")
        late = threading.Timer(0.2, theirs.sendall, [b"later"])
        late.start()
        assert wire.receive_frame(ours, Allowed(1.0, 1.0, 0.05, 0.05, 5.0)) == b"firstlater"
        late.join()


def test_a_large_frame_arrives_whole():
    ours, theirs = socket.socketpair()
    data = bytes(5 * 2**20)
    with ours, theirs:
        sender = threading.Thread(target=wire.send_frame, args=(theirs, data))
        sender.start()
        assert wire.receive_frame(ours) == data
        sender.join()
