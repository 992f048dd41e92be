"""Laws that hold in many exercises, said once."""

from __future__ import annotations

import torch

from grader.kit.assertions import Mismatch, assert_finite, assert_matches, check
from grader.kit.differences import most
from grader.kit.quantities import named, pair
from grader.text import Text, both


def assert_distributions(
    weights: torch.Tensor, allowed: torch.Tensor | None = None, *, quantity: str = "weights"
) -> None:
    """Require that every row (last axis) is a probability distribution over the keys that are `allowed`.

    Entries are at least 0, those at keys that are not allowed exactly 0, and every row sums to 1. `allowed` is True at
    the keys that count, of the shape of `weights` or broadcast to it.
    """
    __tracebackhide__ = True
    assert_finite(weights, quantity=quantity)
    at, least = most(weights < 0, -weights)
    check(
        not at,
        both("the weight at {at} is {weight:.6g}, expected all of them to be at least 0", at=at, weight=-least),
        actual=weights,
        quantity=quantity,
    )
    if allowed is not None:
        at, leaked = most((weights != 0) & ~allowed.expand_as(weights), weights)
        check(
            not at,
            both("the masked key at {at} has the weight {weight:.6g}, expected exactly 0", at=at, weight=leaked),
            actual=weights,
            quantity=quantity,
        )
    sums = weights.sum(dim=-1)
    at, off = most((sums - 1).abs() > 1e-5, (sums - 1).abs())
    total = float(sums[tuple(at)]) if off else 1.0
    check(
        not off,
        both("the weights of row {at} sum to {total:.6g}, expected 1", at=at, total=total) if at else both(
            "the weights sum to {total:.6g}, expected 1", total=total
        ),
        expected=torch.ones_like(sums),
        actual=sums,
        quantity=f"{quantity}.sum(dim=-1)",
    )  # fmt: skip


def assert_same(
    mine: object, other: object, *, quantity: str | Text, otherwise: Text, rtol: float | None = None,
    atol: float | None = None,
) -> None:  # fmt: skip
    """Require that two results of the submission's own are the same; `otherwise` says how the other one came about.

    Neither is what a right solution returns, so none is `expected`.

    >>> text = {"en": "without padding", "zh": "没有填充时"}
    >>> assert_same(torch.ones(2), torch.ones(2), quantity="output", otherwise=text)
    """
    __tracebackhide__ = True
    try:
        assert_matches(mine, other, rtol=rtol, atol=atol, quantity=quantity)
    except Mismatch as found:
        pair_of = [
            values[tuple(found.index or [])].item() if isinstance(values, torch.Tensor) else values
            for values in (found.actual, found.expected)
        ]
        if found.told != "value" or not all(isinstance(value, bool | int | float) for value in pair_of):
            raise Mismatch(found.text, quantity=found.name, actual=found.actual, told=found.told) from None
        name, at, (mine, theirs) = named(found.name), found.index, pair(*pair_of)
        text = both(
            "{quantity} is {mine} at {at}, but {theirs} {otherwise}; expected the same",
            quantity=name, at=at, mine=mine, theirs=theirs, otherwise=otherwise,
        ) if at else both(
            "{quantity} is {mine}, but {theirs} {otherwise}; expected the same",
            quantity=name, mine=mine, theirs=theirs, otherwise=otherwise,
        )  # fmt: skip
        raise Mismatch(text, quantity=found.name, actual=found.actual, index=at, difference=found.difference) from None
