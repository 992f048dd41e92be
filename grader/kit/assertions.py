"""Comparisons that explain: what was expected of which quantity, expected, yours, where they first differ."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

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
    """A property does not hold. Carries the sentence in both languages and the two values, for the report."""

    def __init__(
        self,
        text: Text,
        *,
        quantity: str | Text = "",
        expected: object = None,
        actual: object = None,
        index: list[int] | None = None,
    ) -> None:
        super().__init__(text["en"])
        self.quantity = quantity["en"] if isinstance(quantity, dict) else quantity
        self.text, self.expected, self.actual, self.index = text, expected, actual, index

    @property
    def shows_values(self) -> bool:
        """Whether there is something to print beside the sentence."""
        return self.expected is not None or self.actual is not None


def describe_type(value: object) -> str:
    """The type of a value in a learner's words: `torch.Tensor`, `list`, `mymodule.Liar`."""
    describe = getattr(type(value), "_describe", None)
    if describe is not None:
        return str(describe(value))
    if isinstance(value, torch.Tensor):
        return "torch.Tensor"
    return "None" if value is None else type(value).__name__


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
        _compare_numbers(number(actual, quantity), expected, rtol, atol, quantity)
    elif type(actual) is not type(expected):
        wanted = describe_type(expected)
        raise Mismatch(_wrong_type(quantity, wanted, actual), quantity=quantity)
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
        raise Mismatch(_wrong_type(quantity, "torch.Tensor", value), quantity=quantity)
    if shape is not None and tuple(value.shape) != shape:
        raise _wrong_shape(quantity, shape, value)
    if dtype is not None and value.dtype != dtype:
        raise _wrong_dtype(quantity, dtype, value)
    return value.detach()


def number(value: object, quantity: str | Text = "the result") -> float:
    """The value as a float: a float, an int or a tensor of one entry. Raises Mismatch for anything else."""
    __tracebackhide__ = True
    if isinstance(value, torch.Tensor) and value.numel() == 1 and value.dim() == 0:
        return float(value.detach())
    if isinstance(value, float | int) and not isinstance(value, bool):
        return float(value)
    raise Mismatch(_wrong_type(quantity, "float", value), quantity=quantity)


def check(
    holds: object, text: Text, *, expected: object = None, actual: object = None, quantity: str | Text = ""
) -> None:
    """Require a law. `text` says in both languages what was expected; `actual` is what there was instead."""
    __tracebackhide__ = True
    if not bool(holds):
        raise Mismatch(text, quantity=quantity, expected=expected, actual=actual)


def named(quantity: str | Text) -> Text:
    """A quantity's name for a sentence; names of code stay as they are, set off from Chinese by a space."""
    if isinstance(quantity, dict):
        return quantity
    return both("the result") if quantity == "the result" else {"en": quantity, "zh": f"{quantity} "}


def pair(mine: object, theirs: object) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to tell them apart, and at least six."""
    if isinstance(mine, float) and isinstance(theirs, float):
        for digits in range(6, 17):
            texts = f"{mine:.{digits}g}", f"{theirs:.{digits}g}"
            if texts[0] != texts[1]:
                return texts
    return repr(mine), repr(theirs)


def _wrong_type(quantity: str | Text, wanted: str, actual: object) -> Text:
    if quantity == "the result":
        return both("returned {actual}, expected {wanted}", wanted=wanted, actual=describe_type(actual))
    return both(
        "{quantity} is {actual}, expected {wanted}",
        quantity=named(quantity),
        wanted=wanted,
        actual=describe_type(actual),
    )


def _wrong_shape(quantity: str | Text, shape: tuple[int, ...], actual: torch.Tensor) -> Mismatch:
    text = both(
        "{quantity} has shape {actual}, expected {expected}",
        quantity=named(quantity), actual=tuple(actual.shape), expected=tuple(shape),
    )  # fmt: skip
    return Mismatch(text, quantity=quantity)


def _wrong_dtype(quantity: str | Text, dtype: torch.dtype, actual: torch.Tensor) -> Mismatch:
    text = both(
        "{quantity} has dtype {actual}, expected {expected}",
        quantity=named(quantity), actual=dtype_name(actual.dtype), expected=dtype_name(dtype),
    )  # fmt: skip
    return Mismatch(text, quantity=quantity)


def _compare_mappings(
    actual: object, expected: Mapping[Any, object], rtol: float | None, atol: float | None, quantity: str | Text
) -> None:
    __tracebackhide__ = True
    if not isinstance(actual, dict):
        raise Mismatch(_wrong_type(quantity, "dict", actual), quantity=quantity)
    if set(actual) != set(expected):
        text = both(
            "{quantity} has the keys {actual}, expected {expected}",
            quantity=named(quantity), actual=list(actual), expected=list(expected),
        )  # fmt: skip
        raise Mismatch(text, quantity=quantity)
    for key, value in expected.items():
        name = str(key) if quantity == "the result" else _within(quantity, repr(key))
        assert_matches(actual[key], value, rtol=rtol, atol=atol, quantity=name)


def _compare_sequences(
    actual: object,
    expected: list[object] | tuple[object, ...],
    rtol: float | None,
    atol: float | None,
    quantity: str | Text,
) -> None:
    __tracebackhide__ = True
    if type(actual) is not type(expected):
        raise Mismatch(_wrong_type(quantity, type(expected).__name__, actual), quantity=quantity)
    items: list[object] | tuple[object, ...] = actual
    if len(items) != len(expected):
        text = both(
            "{quantity} has {actual} entries, expected {expected}",
            quantity=named(quantity), actual=len(items), expected=len(expected),
        )  # fmt: skip
        raise Mismatch(text, quantity=quantity, expected=expected, actual=items)
    for index, (mine, theirs) in enumerate(zip(items, expected, strict=True)):
        name = both("entry {index}", index=index) if quantity == "the result" else _within(quantity, str(index))
        assert_matches(mine, theirs, rtol=rtol, atol=atol, quantity=name)


def _within(quantity: str | Text, key: str) -> str | Text:
    """The name of an entry: `params[1]`, and `params after each step, in two groups, [1]` where a clause ends there."""
    if isinstance(quantity, dict):
        return {lang: f"{name} [{key}]" if name.endswith(",") else f"{name}[{key}]" for lang, name in quantity.items()}
    return f"{quantity}[{key}]"


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
    wrong = ~torch.isclose(actual, expected, rtol=allowed.rtol, atol=allowed.atol)
    index = [int(axis) for axis in wrong.nonzero()[0]]
    at = tuple(index)
    mine, theirs = pair(actual[at].item(), expected[at].item())
    text = _wrong_number(quantity, mine, theirs) if not at else both(
        "{quantity} first differs at {at}: {mine}, expected {theirs}",
        quantity=named(quantity), at=list(at), mine=mine, theirs=theirs,
    )  # fmt: skip
    raise Mismatch(text, quantity=quantity, expected=expected, actual=actual, index=index)


def _compare_numbers(
    actual: float, expected: float, rtol: float | None, atol: float | None, quantity: str | Text
) -> None:
    __tracebackhide__ = True
    allowed = tolerance("float64", rtol, atol)
    # Nothing is near an infinity: a share of it would be infinite, and allow every number.
    near = math.isfinite(expected) and abs(actual - expected) <= allowed.atol + allowed.rtol * abs(expected)
    if not near and actual != expected:
        raise Mismatch(
            _wrong_number(quantity, *pair(actual, expected)), quantity=quantity, expected=expected, actual=actual
        )


def _wrong_number(quantity: str | Text, mine: str, theirs: str) -> Text:
    return both("{quantity} is {actual}, expected {wanted}", quantity=named(quantity), actual=mine, wanted=theirs)
