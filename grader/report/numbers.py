"""Writes numbers and tensors so that people can compare them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

ROOM: Final = 66
"""Columns that a value may take on one line."""
DIGITS: Final = 6
"""Significant digits, where more do not tell anything."""


def is_tensor(value: object) -> bool:
    """Whether a shown value is a tensor."""
    return isinstance(value, dict) and value.keys() == {"dtype", "shape", "values"}


def named_lines(name: str, value: Any, room: int = ROOM) -> list[str]:
    """`X = [1., 2.]  float64 (2,)`: a value under its name, with one line per entry where entries have names."""
    if isinstance(value, dict) and not is_tensor(value):
        joined = f"{name} = {{{', '.join(f'{key}: {_plain(entry)}' for key, entry in value.items())}}}"
        if len(joined) <= room and not any(map(_has_tensor, value.values())):
            return [joined]
        return [f"{name}:", *(f"  {line}" for key in value for line in named_lines(key, value[key], room - 2))]
    start = f"{name} = "
    lines = value_lines(value, room - len(start))
    lines = [start + lines[0], *(" " * len(start) + line for line in lines[1:])]
    if is_tensor(value) and value["values"] is not None:
        about = note(value)
        if len(lines[-1]) + 2 + len(about) <= room:
            lines[-1] += f"  {about}"
        else:
            lines.append(" " * len(start) + about)
    return lines


def value_lines(value: Any, room: int = ROOM, digits: int = DIGITS) -> list[str]:
    """A shown value as lines: on one if it fits, else one per row."""
    if is_tensor(value):
        if value["values"] is None:
            return [note(value)]
        return _tensor_lines(value["values"], room, digits)
    if isinstance(value, dict):
        return [line for key in value for line in named_lines(key, value[key], room)] or ["{}"]
    if isinstance(value, list):
        joined = _plain(value, digits)
        if len(joined) <= room or not value:
            return [joined]
        heads = [f"[{index}] " for index in range(len(value))]
        return [
            (head if number == 0 else " " * len(head)) + line
            for head, item in zip(heads, value, strict=True)
            for number, line in enumerate(value_lines(item, room - len(head), digits))
        ]
    if isinstance(value, str):
        return [value if value == value.strip() and value and "\n" not in value else repr(value)]
    return [_plain(value, digits)]


def digits_between(first: Any, second: Any) -> int:
    """With how many digits two values are written, for what differs to look different; six at least."""
    if first is None or second is None:
        return DIGITS
    shown = ((_plain(first, digits), _plain(second, digits)) for digits in range(DIGITS, 18))
    return next((digits for digits, (mine, theirs) in enumerate(shown, DIGITS) if mine != theirs), DIGITS)


def note(value: Any) -> str:
    """What there is to say of a tensor beside its entries: `float64 (2, 3)`."""
    shape = value["shape"]
    return f"{value['dtype']} ({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def number(value: float, digits: int = DIGITS) -> str:
    """A few significant digits, always recognisable as a float."""
    if math.isnan(value):
        return "NaN"
    text = f"{value:.{digits}g}"
    return text if any(mark in text for mark in ".einf") else f"{text}."


def _has_tensor(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(_has_tensor, value))
    return is_tensor(value) or (isinstance(value, dict) and any(map(_has_tensor, value.values())))


def _plain(value: Any, digits: int = DIGITS) -> str:
    """A value on one line, as in Python."""
    if is_tensor(value):
        return note(value) if value["values"] is None else _flat(value["values"], digits)
    if isinstance(value, list):
        return "[" + ", ".join(_plain(item, digits) for item in value) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_plain(item, digits)}" for key, item in value.items()) + "}"
    return number(value, digits) if isinstance(value, float) else repr(value)


def _tensor_lines(values: Any, room: int, digits: int) -> list[str]:
    text = _flat(values, digits)
    if len(text) <= room or not isinstance(values, list) or not values or not isinstance(values[0], list):
        return list(_wrapped(text, room))
    lines: list[str] = []
    for index, item in enumerate(values):
        inner = _tensor_lines(item, room - 2, digits)
        inner[0] = ("[" if index == 0 else " ") + inner[0]
        inner[1:] = [f" {line}" for line in inner[1:]]
        inner[-1] += "]" if index == len(values) - 1 else ","
        lines += inner
    return lines


def _flat(values: Any, digits: int) -> str:
    if isinstance(values, list):
        return "[" + ", ".join(_flat(item, digits) for item in values) + "]"
    return number(values, digits) if isinstance(values, float) else str(values)


def _wrapped(text: str, room: int) -> Iterator[str]:
    while len(text) > room and (cut := text.rfind(", ", 0, room)) > 0:
        yield text[: cut + 1]
        text = " " + text[cut + 2 :]
    yield text
