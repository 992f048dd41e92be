"""Turns values into plain data that a report can show."""

from __future__ import annotations

import dataclasses
from typing import Any, Final

import torch

from grader.judge.results import Shown
from grader.kit.quantities import describe_type
from grader.kit.values import Exact, Values
from grader.wire import TEXT_LIMIT
from grader.wire.values import dtype_name

ENTRIES_LIMIT: Final = 1000
"""Tensors with more entries are shown by shape and dtype alone."""


def show(value: object) -> Shown:
    """A value as numbers, text, lists and tables."""
    if isinstance(value, Values | Exact):
        return show(value.tensor)
    if isinstance(value, torch.Tensor):
        entries = value.detach().tolist() if value.numel() <= ENTRIES_LIMIT else None
        return {"dtype": dtype_name(value.dtype), "shape": list(value.shape), "values": entries}
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return value[:TEXT_LIMIT]
    if isinstance(value, list | tuple):
        return [show(item) for item in value[:ENTRIES_LIMIT]]
    if isinstance(value, dict):
        return {str(key): show(item) for key, item in value.items()}
    return f"<{describe_type(value)}>"


def show_case(case: Any) -> dict[str, Shown]:
    """A case field by field; a case with fields of its own to show has `shown()`."""
    if hasattr(case, "shown"):
        return {name: show(value) for name, value in case.shown().items()}
    return {field.name: show(getattr(case, field.name)) for field in dataclasses.fields(case)}
