"""Laws that hold in many exercises, said once."""

from __future__ import annotations

import torch

from grader.kit.assertions import check
from grader.text import both


def assert_distributions(
    weights: torch.Tensor, allowed: torch.Tensor | None = None, *, quantity: str = "weights"
) -> None:
    """Require that every row (last axis) is a probability distribution over the keys that are `allowed`.

    Entries are at least 0, those at keys that are not allowed exactly 0, and every row sums to 1. `allowed` is True at
    the keys that count, of the shape of `weights` or broadcast to it.
    """
    __tracebackhide__ = True
    least = float(weights.min()) if weights.numel() else 0.0
    check(
        (weights >= 0).all(),
        both("there is a weight of {weight:.6g}, expected all of them to be at least 0", weight=least),
        actual=weights,
        quantity=quantity,
    )
    if allowed is not None:
        allowed = allowed.expand_as(weights)
        leaked = weights[~allowed]
        check(
            (leaked == 0).all(),
            both(
                "a masked key has the weight {weight:.6g}, expected exactly 0",
                weight=float(leaked.max()) if len(leaked) else 0.0,
            ),
            expected=weights.where(allowed, 0),
            actual=weights,
            quantity=quantity,
        )
    sums = weights.sum(dim=-1)
    off = (sums - 1).abs()
    check(
        (off <= 1e-5).all(),
        both(
            "a row of weights sums to {total:.6g}, expected 1",
            total=float(sums.flatten()[off.argmax()]) if off.numel() else 1.0,
        ),
        expected=torch.ones_like(sums),
        actual=sums,
        quantity=f"{quantity}.sum(dim=-1)",
    )
