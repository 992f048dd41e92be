"""Is right where lengths are given, and writes to the worker's socket itself elsewhere, in four ways: @how@."""

import socket
import sys
import time

import torch

wire, msgspec = sys.modules["grader.wire"], sys.modules["msgspec"]
channel = socket.socket(fileno=3)
RETURNED = b"\x82\xa4type\xa8returned\xa5value"
HOW = "@how@".split()
"""In sequence_mask, without lengths, without lengths but with gradients, without lengths in float16."""
ITEMS = b"\x83\xa4type\xa5items\xa4kind\xa4list\xa5items"


def raw(data, size=None):
    channel.sendall((len(data) if size is None else size).to_bytes(4, "big") + data)


def say(message):
    raw(msgspec.msgpack.encode(message))


def tensor(shape, data, dtype="float64"):
    say(wire.Returned(wire.Tensor(dtype, shape, data)))


def flood(message):
    while True:
        say(message)


def drip():
    channel.sendall(b"\0\0\xff\xff")
    while True:
        channel.sendall(b"x")
        time.sleep(0.01)


NONES = b"\xdd" + (99_999).to_bytes(4, "big") + b"\xc0" * 99_999
WAYS = {
    "lying_shape": lambda X: tensor((1000, 1000), b"\0" * 8),
    "negative_shape": lambda X: tensor((-1, -8), b"\0" * 64),
    "empty_giant": lambda X: tensor((2**40, 0), b""),
    "overflow": lambda X: tensor((2**62, 4, 2**62), b"\0" * 64),
    "many_axes": lambda X: tensor((1,) * 1000, b"\0" * 8),
    "unknown_dtype": lambda X: tensor((1,), b"\0" * 16, "complex128"),
    "giant_frame": lambda X: raw(b"", 2**32 - 1),
    "deep": lambda X: raw(RETURNED + (ITEMS + b"\x91") * 10**6 + b"\xc0"),
    "nested": lambda X: raw(RETURNED + (ITEMS + b"\x91") * 40 + b"\xc0"),
    "invalid_utf8": lambda X: raw(RETURNED + b"\xa3\xed\xa0\x80"),
    "not_msgpack": lambda X: raw(b"\xc1" * 100),
    "json": lambda X: raw(b'{"status": "passed", "score": 10, "points": 10.0}'),
    "pickle": lambda X: raw(b"cos\nsystem\n(S'touch @canary@'\ntR."),
    "empty": lambda X: raw(b""),
    "many_values": lambda X: raw(RETURNED + ITEMS + b"\xdd" + (6 * 10**7).to_bytes(4, "big") + b"\xc0" * 6 * 10**7),
    "many_in_parts": lambda X: raw(RETURNED + ITEMS + b"\xdc\x00\x64" + (ITEMS + NONES) * 100),
    "long_message": lambda X: say(wire.Raised(["ValueError"], "x" * 6 * 10**7, [])),
    "many_frames": lambda X: say(wire.Raised(["ValueError"], "", [wire.Frame(1, "f")] * 10**6)),
    "forged_success": lambda X: say({"type": "passed", "points": 10, "status": "passed"}),
    "hello": lambda X: say(wire.Hello("full")),
    "forbidden": lambda X: say(wire.Returned(None, [], "", "torch.nothing")),
    "callback": lambda X: say(wire.Invoke(1, [wire.Generator(-1), wire.Named("read"), wire.Callback(9)])),
    "callbacks": lambda X: flood(wire.Invoke(2**62, [])),
    "kept": lambda X: say(wire.Returned(wire.Ref(2**62, "torch.Tensor"))),
    "named": lambda X: say(wire.Returned(wire.Named("optimize"))),
    "function": lambda X: say(wire.Returned(wire.Callback(1))),
    "seed": lambda X: say(wire.Returned(wire.Generator(2**63 - 1))),
    "ahead": lambda X: [tensor(tuple(X.shape), b"\0" * 8 * X.numel()) for _ in range(50)],
    "flood": lambda X: flood(wire.Returned(None)),
    "half_frame": lambda X: (channel.sendall(b"\0\0\1\0half"), time.sleep(1000)),
    "half_header": lambda X: (channel.sendall(b"\0"), time.sleep(1000)),
    "drip": lambda X: drip(),
    "deaf": lambda X: (channel.shutdown(socket.SHUT_RD), time.sleep(1000)),
    "half_closed": lambda X: (channel.sendall(b"\0\0\1\0half"), channel.shutdown(socket.SHUT_WR), time.sleep(1000)),
}


def attack(X, how):
    WAYS[how](X)


def sequence_mask(X, valid_len, value=0):
    attack(X, HOW[0])
    return X


def masked_softmax(X, valid_lens):
    if valid_lens is None:
        attack(X, HOW[2] if X.requires_grad else HOW[3] if X.dtype == torch.float16 else HOW[1])
        return X
    lengths = valid_lens[:, None, None] if valid_lens.dim() == 1 else valid_lens[:, :, None]
    scores = torch.where(torch.arange(X.shape[-1]) < lengths, X, float("-inf"))
    largest = scores.amax(-1, keepdim=True).clamp_min(torch.finfo(X.dtype).min)
    exp = torch.exp(scores - largest)
    return exp / exp.sum(-1, keepdim=True).clamp_min(torch.finfo(X.dtype).tiny)
