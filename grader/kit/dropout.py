"""The law of dropout: what is not dropped is scaled, and as many are dropped as the rate says."""

from __future__ import annotations

import torch

from grader.kit.assertions import assert_finite, check
from grader.kit.differences import most
from grader.kit.quantities import named, pair
from grader.text import Text, both


def assert_dropped(
    used: torch.Tensor, kept: torch.Tensor, rate: float, *, quantity: str, weight: Text | None = None
) -> None:
    """Require that `used` is `kept` after dropout with this rate: each entry 0 or kept/(1 − rate), a share `rate` 0.

    `kept` is the submission's own without dropout, in float64; `weight` is what an entry is called.
    """
    __tracebackhide__ = True
    assert_finite(used, quantity=quantity)
    assert_finite(kept, quantity=quantity)
    entry = weight or both("weight")
    scaled = kept / (1 - rate)
    at, _ = most((used != 0) & ~torch.isclose(used, scaled, rtol=1e-7, atol=1e-12), (used - scaled).abs())
    before, after, wanted = (float(values[tuple(at)]) if at else 0.0 for values in (kept, used, scaled))
    check(
        not at,
        both(
            "in training with dropout={rate}, the {entry} {before:.6g} became {after}, expected 0 or {scaled}",
            rate=rate, entry=entry, before=before, **dict(zip(("after", "scaled"), pair(after, wanted), strict=True)),
        ),
        actual=used,
        quantity=quantity,
    )  # fmt: skip
    count = int((kept != 0).sum())
    check(
        count > 0,
        both("every {entry} is 0 without dropout, expected some that are not", entry=entry),
        actual=kept,
        quantity=quantity,
    )
    assert_drop_rate(used[kept != 0] == 0, rate, quantity=quantity, actual=used)


def assert_drop_rate(
    dropped: torch.Tensor,
    rate: float,
    *,
    quantity: str | Text,
    actual: torch.Tensor,
    dropout: float | None = None,
) -> None:
    """Require that about `rate` of the entries are True in `dropped`; `actual` is what the report shows.

    `dropout` is what the module was given, where that is another number. The bound is seven standard deviations wide: a
    false alarm once in 10¹¹ cases.
    """
    __tracebackhide__ = True
    share, count = float(dropped.double().mean()), dropped.numel()
    check(
        abs(share - rate) <= 7 * (rate * (1 - rate) / count) ** 0.5,
        both(
            "in training with dropout={dropout}, {share:.0%} of {count} entries of {quantity} were dropped, "
            "expected about {rate:.0%}",
            dropout=rate if dropout is None else dropout,
            rate=rate, share=share, count=count, quantity=named(quantity),
        ),
        actual=actual,
        quantity=quantity,
    )  # fmt: skip
