"""Comparisons that explain: what was expected of which quantity, expected, yours, where they first differ."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch

from grader.kit.differences import VISIBLE, clearest, difference
from grader.kit.quantities import describe_type, described, named, pair, with_article, within
from grader.kit.tolerances import Tolerance, tolerance
from grader.text import Text, both
from grader.wire.values import dtype_name

Listener = Callable[[torch.Tensor, torch.Tensor, Tolerance], None]
_listeners: list[Listener] = []


@contextlib.contextmanager
def comparisons_heard(listener: Listener) -> Iterator[None]:
    """Within this block, tell `listener` of every comparison of tensors: actual, expected, what is allowed."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


class Mismatch(AssertionError):
    """A property does not hold. Carries the sentence in both languages and the two values, for the report.

    `expected` is what a right solution returns; where a law says no more than what must hold, there is none. `index` is
    where the two differ, `told` which difference the sentence tells, so that one bug is not taken for another, and
    `difference` how large it is: relative to the values, and infinite where they are not compared as numbers.
    """

    def __init__(
        self,
        text: Text,
        *,
        quantity: str | Text = "",
        expected: object = None,
        actual: object = None,
        index: list[int] | None = None,
        told: str = "value",
        difference: float | None = None,
    ) -> None:
        super().__init__(text["en"])
        self.name = quantity
        self.quantity = quantity["en"] if isinstance(quantity, dict) else quantity
        self.text, self.expected, self.actual, self.index, self.told = text, expected, actual, index, told
        self.difference = _plainness(actual, expected, index) if difference is None else difference

    @property
    def shows_values(self) -> bool:
        """Whether there is something to print beside the sentence."""
        return self.expected is not None or self.actual is not None

    @property
    def clear(self) -> bool:
        """Whether the difference is plain to see: at least one per cent, or of another kind than numbers."""
        return self.difference >= VISIBLE


def _plainness(actual: object, expected: object, index: list[int] | None) -> float:
    """How much two values differ where they are said to; infinitely where there are no two to compare."""
    if actual is None or expected is None:
        return math.inf
    if index and isinstance(actual, torch.Tensor) and isinstance(expected, torch.Tensor):
        actual, expected = actual[tuple(index)], expected[tuple(index)]
    return difference(actual, expected)


def assert_matches(
    actual: object,
    expected: object,
    *,
    rtol: float | None = None,
    atol: float | None = None,
    quantity: str | Text = "the result",
) -> None:
    """Compare nested dictionaries, lists, tuples, tensors and numbers: type, then shape, then dtype, then values.

    Raises Mismatch at the first difference. NaN equals nothing, not even NaN. Tolerances follow the dtype.
    """
    __tracebackhide__ = True
    if isinstance(expected, dict):
        _compare_mappings(actual, expected, rtol, atol, quantity)
    elif isinstance(expected, list | tuple):
        _compare_sequences(actual, expected, rtol, atol, quantity)
    elif isinstance(expected, torch.Tensor):
        _compare_tensors(tensor(actual, quantity), expected, rtol, atol, quantity)
    elif isinstance(expected, float):
        try:
            _compare_numbers(number(actual, quantity), expected, rtol, atol, quantity)
        except Mismatch as found:
            if isinstance(actual, torch.Tensor) and not found.clear:  # a float32, most likely
                raise _wrong_type(quantity, "float", actual) from None
            raise
    elif type(actual) is not type(expected):
        raise _wrong_type(quantity, describe_type(expected), actual)
    elif actual != expected:
        text = both(
            "{quantity} is {actual!r}, expected {expected!r}",
            quantity=named(quantity),
            actual=actual,
            expected=expected,
        )
        raise Mismatch(text, quantity=quantity, expected=expected, actual=actual)


def tensor(
    value: object,
    quantity: str | Text = "the result",
    *,
    shape: tuple[int, ...] | None = None,
    dtype: torch.dtype | None = None,
) -> torch.Tensor:
    """The value as a tensor, of a shape and a dtype if they are given. Raises Mismatch for anything else."""
    __tracebackhide__ = True
    if not isinstance(value, torch.Tensor):
        raise _wrong_type(quantity, "torch.Tensor", value)
    if shape is not None and tuple(value.shape) != shape:
        raise _wrong_shape(quantity, shape, value)
    if dtype is not None and value.dtype != dtype:
        raise _wrong_dtype(quantity, dtype, value)
    return value.detach()


def number(value: object, quantity: str | Text = "the result", *, plain: bool = False) -> float:
    """The value as a float: a float, an int or, unless it has to be `plain`, a tensor of one entry.

    Raises Mismatch for anything else.
    """
    __tracebackhide__ = True
    if isinstance(value, torch.Tensor) and value.dim() == 0 and not plain:
        return float(value.detach())
    if isinstance(value, float | int) and not isinstance(value, bool):
        return float(value)
    raise _wrong_type(quantity, "float", value)


def check(
    holds: object, text: Text, *, expected: object = None, actual: object = None, quantity: str | Text = ""
) -> None:
    """Require a law. `text` says in both languages what was expected; `actual` is what there was instead.

    `expected` is what a right solution returns, if the law knows it. Where `actual` has a NaN, that is what is said.
    """
    __tracebackhide__ = True
    if not bool(holds):
        if has_nan(actual):
            assert_finite(actual, expected, quantity=quantity or "the result")
        raise Mismatch(text, quantity=quantity, expected=expected, actual=actual)


def has_nan(value: object) -> bool:
    """Whether there is a NaN in a tensor, or a number is one."""
    return bool(value.isnan().any()) if isinstance(value, torch.Tensor) else isinstance(value, float) and value != value


def assert_finite(actual: object, expected: object = None, *, quantity: str | Text = "the result") -> None:
    """Require a tensor or a number without NaN, and without infinities unless some are `expected`.

    To be asked before a law compares what a submission returned: NaN is neither above nor below, nor itself.
    """
    __tracebackhide__ = True
    values, right = (torch.tensor(value) if isinstance(value, float) else value for value in (actual, expected))
    if not isinstance(values, torch.Tensor):
        return
    known = isinstance(right, torch.Tensor) and right.shape == values.shape and not has_nan(right)
    wanted = right if known and isinstance(right, torch.Tensor) else torch.full_like(values, math.nan)
    odd = ~values.isfinite() if right is None or wanted.isfinite().all() else values.isnan()
    if odd.any():
        at, index = tuple(odd.nonzero()[0]), [int(axis) for axis in odd.nonzero()[0]]
        mine, theirs = values[at].item(), wanted[at].item()
        raise _not_finite(quantity, index, mine, theirs, expected if known else None, actual)


def _wrong_type(quantity: str | Text, wanted: str, actual: object) -> Mismatch:
    message = (
        both("returned {actual}, expected {wanted}", wanted=with_article(wanted), actual=described(actual))
        if quantity == "the result"
        else both(
            "{quantity} is {actual}, expected {wanted}",
            quantity=named(quantity), wanted=with_article(wanted), actual=described(actual),
        )
    )  # fmt: skip
    return Mismatch(message, quantity=quantity, told="type")


def _wrong_shape(quantity: str | Text, shape: tuple[int, ...], actual: torch.Tensor) -> Mismatch:
    text = both(
        "{quantity} has shape {actual}, expected {expected}",
        quantity=named(quantity), actual=tuple(actual.shape), expected=tuple(shape),
    )  # fmt: skip
    return Mismatch(text, quantity=quantity, told="shape")


def _wrong_dtype(quantity: str | Text, dtype: torch.dtype, actual: torch.Tensor) -> Mismatch:
    text = both(
        "{quantity} has dtype {actual}, expected {expected}",
        quantity=named(quantity), actual=dtype_name(actual.dtype), expected=dtype_name(dtype),
    )  # fmt: skip
    return Mismatch(text, quantity=quantity, told="dtype")


def _compare_mappings(
    actual: object, expected: Mapping[Any, object], rtol: float | None, atol: float | None, quantity: str | Text
) -> None:
    __tracebackhide__ = True
    if not isinstance(actual, dict):
        raise _wrong_type(quantity, "dict", actual)
    if set(actual) != set(expected):
        text = both(
            "{quantity} has the keys {actual}, expected {expected}",
            quantity=named(quantity), actual=list(actual), expected=list(expected),
        )  # fmt: skip
        raise Mismatch(text, quantity=quantity, told="keys")
    whole = quantity == "the result"
    names = [str(key) if whole else within(quantity, repr(key)) for key in expected]
    _compare_each([(actual[key], value) for key, value in expected.items()], names, rtol, atol)


def _compare_sequences(
    actual: object,
    expected: list[object] | tuple[object, ...],
    rtol: float | None,
    atol: float | None,
    quantity: str | Text,
) -> None:
    __tracebackhide__ = True
    if type(actual) is not type(expected):
        raise _wrong_type(quantity, type(expected).__name__, actual)
    items: list[object] | tuple[object, ...] = actual
    if len(items) != len(expected):
        text = both(
            "{quantity} has {actual} entries, expected {expected}",
            quantity=named(quantity), actual=len(items), expected=len(expected),
        )  # fmt: skip
        raise Mismatch(text, quantity=quantity, expected=expected, actual=items, told="length")
    whole = quantity == "the result"
    names = [both("entry {index}", index=i) if whole else within(quantity, str(i)) for i in range(len(items))]
    _compare_each(list(zip(items, expected, strict=True)), names, rtol, atol)


def _compare_each(
    pairs: Sequence[tuple[object, object]], names: Sequence[str | Text], rtol: float | None, atol: float | None
) -> None:
    """Raise the first difference that is plain to see, or else the first."""
    __tracebackhide__ = True
    first: Mismatch | None = None
    for (mine, theirs), name in zip(pairs, names, strict=True):
        try:
            assert_matches(mine, theirs, rtol=rtol, atol=atol, quantity=name)
        except Mismatch as found:
            if found.clear:
                raise
            first = first or found
    if first is not None:
        raise first


def _compare_tensors(
    actual: torch.Tensor, expected: torch.Tensor, rtol: float | None, atol: float | None, quantity: str | Text
) -> None:
    __tracebackhide__ = True
    expected = expected.detach()
    if actual.shape != expected.shape:
        raise _wrong_shape(quantity, tuple(expected.shape), actual)
    if actual.dtype != expected.dtype:
        raise _wrong_dtype(quantity, expected.dtype, actual)
    allowed = tolerance(dtype_name(expected.dtype), rtol, atol)
    for hear in _listeners:
        hear(actual, expected, allowed)
    if torch.allclose(actual, expected, rtol=allowed.rtol, atol=allowed.atol):
        return
    spot = clearest(actual, expected, ~torch.isclose(actual, expected, rtol=allowed.rtol, atol=allowed.atol))
    if not all(map(math.isfinite, (spot.mine, spot.theirs))):
        raise _not_finite(quantity, *spot, expected, actual)
    mine, theirs = pair(spot.mine, spot.theirs)
    text = _wrong_number(quantity, mine, theirs) if not spot.at else both(
        "{quantity} first differs at {at}: {mine}, expected {theirs}",
        quantity=named(quantity), at=spot.at, mine=mine, theirs=theirs,
    )  # fmt: skip
    raise Mismatch(text, quantity=quantity, expected=expected, actual=actual, index=spot.at)


def _compare_numbers(
    actual: float, expected: float, rtol: float | None, atol: float | None, quantity: str | Text
) -> None:
    __tracebackhide__ = True
    allowed = tolerance("float64", rtol, atol)
    # Nothing is near an infinity: a share of it would be infinite, and allow every number.
    near = math.isfinite(expected) and abs(actual - expected) <= allowed.atol + allowed.rtol * abs(expected)
    if near or actual == expected:
        return
    if not math.isfinite(actual) or not math.isfinite(expected):
        raise _not_finite(quantity, [], actual, expected, expected, actual)
    raise Mismatch(
        _wrong_number(quantity, *pair(actual, expected)), quantity=quantity, expected=expected, actual=actual
    )


def _not_finite(
    quantity: str | Text, index: list[int], mine: float, theirs: float, expected: object, actual: object
) -> Mismatch:
    """NaN or an infinity, on either side. A NaN that was expected came from the submission: it is no right answer."""
    name, at = named(quantity), index
    found, wanted = pair(float(mine), float(theirs))
    if not math.isfinite(mine) and math.isnan(theirs):
        text = both(
            "{quantity} is {mine} at {at}, expected a finite number", quantity=name, mine=found, at=at
        ) if at else both(
            "{quantity} is {mine}, expected a finite number", quantity=name, mine=found
        )  # fmt: skip
    elif math.isnan(theirs):
        text = both(
            "{quantity} is {mine} at {at}, but NaN where the same is computed another way; expected finite numbers",
            quantity=name, at=at, mine=found,
        ) if at else both(
            "{quantity} is {mine}, but NaN where the same is computed another way; expected finite numbers",
            quantity=name, mine=found,
        )  # fmt: skip
    elif at:
        text = both("{quantity} is {mine} at {at}, expected {theirs}", quantity=name, at=at, mine=found, theirs=wanted)
    else:
        text = _wrong_number(quantity, found, wanted)
    right = None if math.isnan(theirs) else expected
    return Mismatch(text, quantity=quantity, expected=right, actual=actual, index=index, told="finite")


def _wrong_number(quantity: str | Text, mine: str, theirs: str) -> Text:
    return both("{quantity} is {actual}, expected {wanted}", quantity=named(quantity), actual=mine, wanted=theirs)
