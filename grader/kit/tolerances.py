"""How close is equal: the one place that says so.

float64 is for exactness: the same formula in another order of operations stays well within 1e-7. float32 and float16
are for stability: another order of operations may cost a few dozen units in the last place.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Tolerance(NamedTuple):
    """|actual - expected| <= atol + rtol * |expected|."""

    rtol: float
    atol: float


TOLERANCES: Final = {
    "float64": Tolerance(1e-7, 1e-9),
    "float32": Tolerance(1e-4, 1e-5),
    "float16": Tolerance(1e-2, 1e-3),
    "bfloat16": Tolerance(5e-2, 1e-2),
}
EXACT: Final = Tolerance(0.0, 0.0)


def tolerance(dtype: str, rtol: float | None = None, atol: float | None = None) -> Tolerance:
    """The tolerance of a dtype, either part of which a property may widen."""
    usual = TOLERANCES.get(dtype, EXACT)
    return Tolerance(usual.rtol if rtol is None else rtol, usual.atol if atol is None else atol)
