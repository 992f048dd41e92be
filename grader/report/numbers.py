"""Writes numbers and tensors so that people can compare them."""

from __future__ import annotations

from typing import Any, Final

ROOM: Final = 66
"""Columns that a value may take on one line."""


def is_tensor(value: object) -> bool:
    """Whether a shown value is a tensor."""
    return isinstance(value, dict) and value.keys() == {"dtype", "shape", "values"}


def value_lines(value: Any, room: int = ROOM) -> list[str]:
    """A shown value as lines: on one if it fits, else one per row."""
    if is_tensor(value):
        if value["values"] is None:
            return [note(value)]
        return _tensor_lines(value["values"], room)
    if isinstance(value, list):
        texts = [value_lines(item, room) for item in value]
        joined = "[" + ", ".join(" ".join(lines) for lines in texts) + "]"
        if len(joined) <= room:
            return [joined]
        heads = [[f"[{index}] ", *["    "] * len(lines)] for index, lines in enumerate(texts)]
        return [head + line for head_of, lines in zip(heads, texts, strict=True) for head, line in zip(head_of, lines)]  # noqa: B905  # one head more than lines
    return [number(value) if isinstance(value, float) else repr(value)]


def note(value: Any) -> str:
    """What there is to say of a tensor beside its entries: `float64 (2, 3)`."""
    shape = value["shape"]
    return f"{value['dtype']} ({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"


def number(value: float) -> str:
    """Six significant digits, always recognisable as a float."""
    text = f"{value:.6g}"
    return text if any(mark in text for mark in ".einf") else f"{text}."


def _tensor_lines(values: Any, room: int) -> list[str]:
    text = _flat(values)
    if len(text) <= room or not isinstance(values, list) or not values or not isinstance(values[0], list):
        return _wrapped(text, room)
    lines: list[str] = []
    for index, item in enumerate(values):
        inner = _tensor_lines(item, room - 1)
        inner[0] = ("[" if index == 0 else " ") + inner[0]
        inner[1:] = [f" {line}" for line in inner[1:]]
        inner[-1] += "]" if index == len(values) - 1 else ","
        lines += inner
    return lines


def _flat(values: Any) -> str:
    if isinstance(values, list):
        return "[" + ", ".join(_flat(item) for item in values) + "]"
    return number(values) if isinstance(values, float) else str(values)


def _wrapped(text: str, room: int) -> list[str]:
    lines = []
    while len(text) > room and (cut := text.rfind(", ", 0, room)) > 0:
        lines.append(text[: cut + 1])
        text = " " + text[cut + 2 :]
    return [*lines, text]
