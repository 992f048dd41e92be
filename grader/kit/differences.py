"""How plainly two values differ, and where a learner sees it best."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

import torch

VISIBLE: Final = 0.01
"""The relative difference from which on two numbers are told apart at a glance: 4.60149 and 4.6015 are not."""
_NOISE: Final = 1e-8
"""What is smaller than this share of the largest entry is rounding, however much it differs from the other one."""


class Spot(NamedTuple):
    """An entry of two tensors: where it is, mine and theirs."""

    at: list[int]
    mine: bool | int | float
    theirs: bool | int | float


def difference(actual: object, expected: object) -> float:
    """The largest relative difference of two values, entry by entry; infinite where they differ in more than a number.

    >>> difference([1.0, 2.0], [1.0, 2.5])
    0.2
    """
    if isinstance(actual, torch.Tensor) and isinstance(expected, torch.Tensor):
        return _of_tensors(actual.detach(), expected.detach())
    if isinstance(actual, list | tuple) and isinstance(expected, list | tuple) and len(actual) == len(expected):
        return max((difference(mine, theirs) for mine, theirs in zip(actual, expected, strict=True)), default=0.0)
    if isinstance(actual, float) and isinstance(expected, float | int):
        largest = max(abs(actual), abs(expected))
        return abs(actual - expected) / largest if 0 < largest < math.inf else 0.0 if actual == expected else math.inf
    return 0.0 if type(actual) is type(expected) and actual == expected else math.inf


def clearest(actual: torch.Tensor, expected: torch.Tensor, wrong: torch.Tensor) -> Spot:
    """The entry to show of those that are `wrong`: the first that is not finite, or that differs plainly."""
    odd = wrong & ~actual.isfinite()
    plain = wrong & (_relative(actual, expected) >= VISIBLE)
    [chosen, *_] = [places for places in (odd, plain, wrong) if places.any()]
    index = [int(axis) for axis in chosen.nonzero()[0]]
    return Spot(index, actual[tuple(index)].item(), expected[tuple(index)].item())


def most(wrong: torch.Tensor, size: torch.Tensor) -> tuple[list[int], float]:
    """Where, of the entries that are `wrong`, `size` is largest, and how large; nowhere and 0 where none is wrong."""
    if not wrong.any():
        return [], 0.0
    flat = int(torch.where(wrong, size.double(), -math.inf).argmax())
    index = [int(axis) for axis in torch.unravel_index(torch.tensor(flat), wrong.shape)]
    return index, float(size[tuple(index)])


def _of_tensors(actual: torch.Tensor, expected: torch.Tensor) -> float:
    if actual.shape != expected.shape or actual.dtype != expected.dtype:
        return math.inf
    return float(_relative(actual, expected).max()) if actual.numel() else 0.0


def _relative(actual: torch.Tensor, expected: torch.Tensor) -> torch.Tensor:
    """|actual − expected| over the larger of both, entry by entry; infinite where they are not both finite numbers."""
    if not expected.is_floating_point():
        return torch.where(actual == expected, 0.0, math.inf)
    mine, theirs = actual.double(), expected.double()
    finite = mine.isfinite() & theirs.isfinite()
    largest = torch.maximum(mine.abs(), theirs.abs())
    apart = (mine - theirs).abs()
    noise = _NOISE * float(largest[finite].max()) if finite.any() else 0.0
    relative = torch.where(apart > noise, apart / largest, 0.0)
    return torch.where(finite, relative, torch.where(mine == theirs, 0.0, math.inf))
