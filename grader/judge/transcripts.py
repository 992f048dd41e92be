"""Compares what two modules answered to the same questions.

Values are compared as the properties compare them, with one difference: NaN equals NaN, because here the question is
not whether an answer is right but whether it is the same.
"""

from __future__ import annotations

import math

import torch

from grader import wire
from grader.judge.running import Heard, Trial
from grader.kit.tolerances import tolerance


def agree(mine: Trial, theirs: Trial) -> bool:
    """Whether two modules were asked the same, answered the same, and failed or held alike."""
    return (
        (mine.fault is None) == (theirs.fault is None)
        and len(mine.heard) == len(theirs.heard)
        and all(_same_answer(one, other) for one, other in zip(mine.heard, theirs.heard, strict=True))
    )


def _same_answer(mine: Heard, theirs: Heard) -> bool:
    if _asked(mine.request) != _asked(theirs.request):
        return False
    if mine.changes_matter and set(mine.reply.changed) != set(theirs.reply.changed):
        return False
    if isinstance(mine.reply, wire.Raised) or isinstance(theirs.reply, wire.Raised):
        return (
            isinstance(mine.reply, wire.Raised)
            and isinstance(theirs.reply, wire.Raised)
            and mine.reply.bases[:1] == theirs.reply.bases[:1]
        )
    return _same(mine.reply.value, theirs.reply.value)


def _asked(request: wire.Request) -> tuple[object, ...]:
    """What was asked, without the arguments: they follow from the case and from earlier answers."""
    target = getattr(request, "target", None)
    return type(request), target.id if isinstance(target, wire.Ref) else target, getattr(request, "name", "")


def _same(mine: wire.Value, theirs: wire.Value) -> bool:
    if type(mine) is not type(theirs):
        return False
    if isinstance(mine, wire.Tensor):
        return isinstance(theirs, wire.Tensor) and _same_tensor(mine, theirs)
    if isinstance(mine, wire.Items):
        return (
            isinstance(theirs, wire.Items)
            and mine.kind == theirs.kind
            and len(mine.items) == len(theirs.items)
            and all(_same(one, other) for one, other in zip(mine.items, theirs.items, strict=True))
        )
    if isinstance(mine, wire.Mapping):
        if not isinstance(theirs, wire.Mapping):
            return False
        own, other = dict(mine.items), dict(theirs.items)
        return own.keys() == other.keys() and all(_same(value, other[key]) for key, value in own.items())
    if isinstance(mine, wire.Ref):
        return isinstance(theirs, wire.Ref) and mine.id == theirs.id  # what it is called differs by module
    if isinstance(mine, float) and isinstance(theirs, float):
        allowed = tolerance("float64")
        both_nan = math.isnan(mine) and math.isnan(theirs)
        return both_nan or math.isclose(mine, theirs, rel_tol=allowed.rtol, abs_tol=allowed.atol)
    return mine == theirs


def _same_tensor(mine: wire.Tensor, theirs: wire.Tensor) -> bool:
    if mine.dtype != theirs.dtype or mine.shape != theirs.shape:
        return False
    if mine.data == theirs.data:
        return True
    allowed = tolerance(mine.dtype)
    one, other = (wire.tensor_from_wire(value).detach() for value in (mine, theirs))
    return one.is_floating_point() and torch.allclose(one, other, rtol=allowed.rtol, atol=allowed.atol, equal_nan=True)
