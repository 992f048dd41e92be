"""Turns values into data and back. Both sides convert with `to_wire` and `from_wire`.

Types are compared exactly: a subclass of a tensor, a float or a list is not data but an object, and stays behind a
`Ref`. Numpy's own scalars are the numbers and truths that they are.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import torch

from grader.wire.messages import (
    INT_RANGE,
    NESTING_LIMIT,
    Callback,
    DtypeName,
    Generator,
    Items,
    Mapping,
    Named,
    Ref,
    Tensor,
    Value,
)

DTYPES: Final[dict[DtypeName, torch.dtype]] = {
    "float16": torch.float16, "bfloat16": torch.bfloat16, "float32": torch.float32, "float64": torch.float64,
    "uint8": torch.uint8, "int8": torch.int8, "int16": torch.int16, "int32": torch.int32, "int64": torch.int64,
    "bool": torch.bool,
}  # fmt: skip
_NAMES: Final[dict[torch.dtype, DtypeName]] = {dtype: name for name, dtype in DTYPES.items()}
_SCALARS: Final[dict[int, Callable[[Any], bool | int | float]]] = {
    id(np.bool_): bool,
    **{id(np.dtype(code).type): int for code in np.typecodes["AllInteger"]},
    **{id(kind): float for kind in (np.float16, np.float32, np.float64)},
}
"""What a scalar of each of numpy's types is; by identity, because a submission's class may say that it equals any."""


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
    dtype = DTYPES[value.dtype]
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
        return value if value in INT_RANGE else other(value)  # type: ignore[return-value]  # the exact type was compared
    if kind is torch.Tensor or kind is torch.nn.Parameter:
        tensor: torch.Tensor = value  # type: ignore[assignment]  # the exact type was compared
        if tensor.layout is torch.strided and tensor.device.type == "cpu" and tensor.dtype in _NAMES:
            return tensor_to_wire(tensor)
        return other(value)
    if id(kind) in _SCALARS:
        number = _plain(value)
        return number if _is_scalar(number) else other(value)  # type: ignore[return-value]  # a plain number
    if depth >= NESTING_LIMIT:
        return other(value)
    if kind is list or kind is tuple or kind is torch.Size:
        items = [to_wire(item, other, depth + 1) for item in value]  # type: ignore[attr-defined]  # a sequence
        return Items("list" if kind is list else "tuple", items)
    if kind is dict or kind is OrderedDict:
        pairs = [(_plain(key), item) for key, item in value.items()]  # type: ignore[attr-defined]  # a mapping
        if all(_is_scalar(key) for key, _ in pairs):
            return Mapping([(key, to_wire(item, other, depth + 1)) for key, item in pairs])  # type: ignore[misc]  # plain keys
    return other(value)


def _plain(value: object) -> object:
    """A scalar of numpy's as the number or the truth that it is; anything else as it came."""
    plain = _SCALARS.get(id(type(value)))
    return value if plain is None else plain(value)


def _is_scalar(value: object) -> bool:
    """Whether this crosses by itself and may be a key."""
    kind = type(value)
    return value is None or kind is bool or kind is float or kind is str or (kind is int and value in INT_RANGE)


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
