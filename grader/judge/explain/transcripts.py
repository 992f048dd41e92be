"""Asks another module what a submission was asked, and compares the answers.

Values are compared as the properties compare them, with one difference: NaN equals NaN, because here the question is
not whether an answer is right but whether it is the same.
"""

from __future__ import annotations

import math

import torch

from grader import wire
from grader.judge.trying.trial import Heard
from grader.kit.modules import Channel
from grader.kit.tolerances import tolerance
from grader.wire.values import tensor_from_wire


def answers_alike(module: Channel, transcript: list[Heard]) -> bool:
    """Whether a module gives the same answers to the same questions.

    The questions need no thought: they follow from the case and from earlier answers, which were the same.
    """
    return all(_same_reply(heard, module.request(heard.request, heard.functions)) for heard in transcript)


def _same_reply(heard: Heard, theirs: wire.Reply) -> bool:
    mine = heard.reply
    if heard.changes_matter and set(mine.changed) != set(theirs.changed):
        return False
    if isinstance(mine, wire.Raised) or isinstance(theirs, wire.Raised):
        return isinstance(mine, wire.Raised) and isinstance(theirs, wire.Raised) and mine.bases[:1] == theirs.bases[:1]
    return _same(mine.value, theirs.value)


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
            and all(_same(left, right) for left, right in zip(mine.items, theirs.items, strict=True))
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
    left, right = (tensor_from_wire(value).detach() for value in (mine, theirs))
    return left.is_floating_point() and torch.allclose(
        left, right, rtol=allowed.rtol, atol=allowed.atol, equal_nan=True
    )
