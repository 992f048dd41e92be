"""How values that cross are spelled where a call is told to people. Imports no torch."""

from __future__ import annotations

from grader.wire.messages import Items, Tensor, Value


def spelled(value: Value, depth: int = 2) -> str:
    """A value as it stands in a call: tensors by their shapes."""
    if isinstance(value, Tensor):
        return f"Tensor{list(value.shape)}"
    if isinstance(value, Items):
        if not depth:
            return "…"
        shown = [spelled(item, depth - 1) for item in value.items[:4]] + ["…"] * (len(value.items) > 4)
        return f"[{', '.join(shown)}]" if value.kind == "list" else f"({', '.join(shown)})"
    if isinstance(value, None | bool | int | float | str):
        return repr(value)[:40]
    return {"Callback": "function", "Mapping": "{…}"}.get(type(value).__name__, "…")
