"""What a failed property shows: whether two failures show the same."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

import torch

from grader.judge.trying.trial import Fault
from grader.kit.values import drawn_values

ALLOWED: Final = 1e-4
"""How far two values that a law shows may be apart, relative to their size: rounding, and no more."""

_NUMBER: Final = re.compile(r"-?\d+(?:\.\d*)?(?:e[+-]?\d+)?")


def same_fault(mine: Fault, theirs: Fault) -> bool:
    """Whether two failures of one property on one case are of the same kind, about the same values."""
    if mine.key != theirs.key:
        return False
    if mine.kind != "mismatch":
        return True
    if mine.shown is None and theirs.shown is None:
        return _same_text(mine.failure.text["en"], theirs.failure.text["en"])
    return _same(mine.shown, theirs.shown)


def says_nothing(actual: object, case: object) -> bool:
    """Whether what a property shows is had by many a mistake: all entries alike, no numbers, or an argument as it was.

    A single number says little enough by being 0, or no number.
    """
    tensors = list(_tensors(actual))
    given = [drawn.tensor for drawn in drawn_values(case)]
    return all(
        not bool(tensor.isfinite().all())
        or (tensor.numel() > 1 and bool((tensor == tensor.flatten()[0]).all()))
        or not bool(tensor.count_nonzero())
        or any(tensor.shape == other.shape and torch.equal(tensor.double(), other.double()) for other in given)
        for tensor in tensors
    )


def _tensors(value: object) -> Iterator[torch.Tensor]:
    if isinstance(value, torch.Tensor):
        yield value.detach()
    elif isinstance(value, bool | int | float):
        yield torch.tensor(float(value), dtype=torch.float64)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tensors(item)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))


def _same_text(mine: str, theirs: str) -> bool:
    """Whether two sentences say the same, with about the same numbers in them."""
    return _NUMBER.sub("0", mine) == _NUMBER.sub("0", theirs) and all(
        _near(float(left), float(right))
        for left, right in zip(_NUMBER.findall(mine), _NUMBER.findall(theirs), strict=True)
    )


def _same(mine: object, theirs: object) -> bool:
    if isinstance(mine, torch.Tensor) and isinstance(theirs, torch.Tensor):
        return mine.shape == theirs.shape and torch.allclose(
            mine.detach().double(), theirs.detach().double(), rtol=ALLOWED, atol=ALLOWED**2, equal_nan=True
        )
    if isinstance(mine, list | tuple) and isinstance(theirs, list | tuple):
        return len(mine) == len(theirs) and all(_same(left, right) for left, right in zip(mine, theirs, strict=True))
    if isinstance(mine, dict) and isinstance(theirs, dict):
        return mine.keys() == theirs.keys() and all(_same(value, theirs[key]) for key, value in mine.items())
    if isinstance(mine, int | float) and isinstance(theirs, int | float):
        return _near(float(mine), float(theirs))
    return type(mine) is type(theirs) and (not isinstance(mine, str) or mine == theirs)


def _near(mine: float, theirs: float) -> bool:
    if math.isnan(mine) or math.isnan(theirs):
        return math.isnan(mine) and math.isnan(theirs)
    return mine == theirs or math.isclose(mine, theirs, rel_tol=ALLOWED, abs_tol=ALLOWED**2)
