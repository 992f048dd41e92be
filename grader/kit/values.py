"""Tensors described by plain data, so that a case can be recorded, shrunk and shown."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Iterator
from typing import Any, cast

import msgspec
import numpy as np
import torch
from hypothesis import strategies as st

from grader import wire
from grader.wire.values import tensor_from_wire, tensor_to_wire

_NUMPY: dict[str, Any] = {"float16": np.float16, "float32": np.float32, "float64": np.float64}


class Values(msgspec.Struct, frozen=True, tag="values"):
    """A tensor drawn from a seed: multiples of 0.1 between -3 and 3, times `scale`, plus `offset`.

    One decimal, so that what is shown can be checked by hand. Where `nonzero`, no entry is exactly 0 before the offset.

    >>> Values(shape=(2, 1), seed=3).tensor.shape
    torch.Size([2, 1])
    """

    shape: tuple[int, ...]
    seed: int
    dtype: str = "float64"
    scale: float = 1.0
    offset: float = 0.0
    nonzero: bool = False

    @property
    def wire(self) -> wire.Tensor:
        """The tensor as data."""
        return _draw(self)

    @property
    def tensor(self) -> torch.Tensor:
        """A new tensor."""
        return tensor_from_wire(_draw(self))


class Exact(msgspec.Struct, frozen=True, tag="exact"):
    """A tensor given entry by entry: numbers, or nested tuples of them.

    >>> Exact((1, 2), "int64").tensor
    tensor([1, 2])
    """

    data: Any
    dtype: str = "float64"

    @property
    def wire(self) -> wire.Tensor:
        """The tensor as data."""
        return tensor_to_wire(self.tensor)

    @property
    def tensor(self) -> torch.Tensor:
        """A new tensor."""
        return torch.tensor(self.data, dtype=cast("torch.dtype", getattr(torch, self.dtype)))


@functools.lru_cache(maxsize=8192)
def _draw(spec: Values) -> wire.Tensor:
    generator = np.random.default_rng(spec.seed)
    tenths = generator.integers(-30, 31, size=spec.shape)
    if spec.nonzero:
        tenths = np.where(tenths == 0, 1, tenths)
    array = (tenths / 10 * spec.scale + spec.offset).astype(_NUMPY[spec.dtype])
    return wire.Tensor(cast("wire.DtypeName", spec.dtype), spec.shape, array.tobytes())


def sizes(largest: int = 5, smallest: int = 1) -> st.SearchStrategy[int]:
    """Axis lengths; draw one for every axis, so that no two are equal by construction."""
    return st.integers(smallest, largest)


def values(
    shape: tuple[int, ...],
    *,
    dtype: str = "float64",
    scale: float = 1.0,
    offset: float = 0.0,
    nonzero: bool = False,
) -> st.SearchStrategy[Values]:
    """Tensors of a shape; only the seed is drawn."""
    return st.integers(0, 2**16).map(lambda seed: Values(shape, seed, dtype, scale, offset, nonzero))


def drawn_values(value: object) -> Iterator[Values | Exact]:
    """All tensors in a case, or in a part of one."""
    if isinstance(value, Values | Exact):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from drawn_values(item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from drawn_values(getattr(value, field.name))
