"""How far the reference's float32 results are from what the properties still allow.

Every case in float32 is tried once more with a reference that computes in float64 and rounds its results: what it
differs by from the reference is the rounding error of float32, and a tolerance should leave ample room for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import torch

from grader import wire
from grader.judge.bank.loading import Property, Reference
from grader.judge.bank.recording import Bank
from grader.judge.workers.channels import LocalChannel, Recorded
from grader.kit.assertions import comparisons_heard
from grader.kit.modules import Module
from grader.kit.tolerances import Tolerance
from grader.kit.values import Values, drawn_values
from grader.wire.values import tensor_from_wire, tensor_to_wire


def float32_margin(properties: list[Property], reference: Reference, bank: Bank) -> float | None:
    """The least factor by which a tolerance exceeds an error; None if nothing is compared in float32."""
    least: list[float] = []

    def hear(actual: torch.Tensor, expected: torch.Tensor, allowed: Tolerance) -> None:
        if expected.dtype == torch.float32 and actual.shape == expected.shape and expected.isfinite().all():
            error = (actual.double() - expected.double()).abs()
            room = allowed.atol + allowed.rtol * expected.double().abs()
            wrong = error > 0
            least.append(float((room[wrong] / error[wrong]).min()) if wrong.any() else float("inf"))

    with _float64_by_default(), comparisons_heard(hear):
        for property_ in properties:
            for index, banked in enumerate(bank[property_.id]):
                if not property_.grading.star and _is_float32(banked.case):
                    exact = _Exact(reference.channel())
                    exact.case = index
                    recorded = Recorded(banked.exchanges, index, reference.channel)
                    with contextlib.suppress(Exception):  # what cannot be computed in float64 is not measured
                        property_.function(submission=Module(exact), reference=Module(recorded), case=banked.case)
    return min(least, default=None)


@contextlib.contextmanager
def _float64_by_default() -> Iterator[None]:
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(before)


def _is_float32(case: Any) -> bool:
    """Whether all drawn tensors of a case are float32."""
    dtypes = {value.dtype for value in drawn_values(case) if isinstance(value, Values)}
    return dtypes == {"float32"}


class _Exact:
    """Computes in float64 what is asked in float32."""

    def __init__(self, channel: LocalChannel) -> None:
        self._channel = channel
        self.case = channel.case

    def request(self, request: wire.Request, functions: Mapping[int, Callable[..., object]]) -> wire.Reply:
        self._channel.case = self.case
        raised: Any = request
        if isinstance(request, wire.Call | wire.Vjp):
            args = [_cast(value, "float32", "float64") for value in request.args]
            kwargs = {name: _cast(value, "float32", "float64") for name, value in request.kwargs.items()}
            raised = _replaced(request, args=args, kwargs=kwargs)
        if isinstance(request, wire.Vjp):
            raised = _replaced(raised, cotangent=_cast(request.cotangent, "float32", "float64"))
        elif isinstance(request, wire.Set):
            raised = _replaced(request, value=_cast(request.value, "float32", "float64"))
        reply = self._channel.request(raised, functions)
        if isinstance(reply, wire.Raised):
            return reply
        rounded: wire.Reply = _replaced(reply, value=_cast(reply.value, "float64", "float32"))
        return rounded


def _replaced(struct: Any, **fields: object) -> Any:
    return type(struct)(**{name: fields.get(name, getattr(struct, name)) for name in struct.__struct_fields__})


def _cast(value: wire.Value, source: str, target: wire.DtypeName) -> wire.Value:
    """The value with tensors of one dtype in another."""
    if isinstance(value, wire.Tensor) and value.dtype == source:
        cast = tensor_from_wire(value).detach().to(getattr(torch, target))
        return _replaced(tensor_to_wire(cast), requires_grad=value.requires_grad)  # type: ignore[no-any-return]  # a Tensor
    if isinstance(value, wire.Items):
        return wire.Items(value.kind, [_cast(item, source, target) for item in value.items])
    if isinstance(value, wire.Mapping):
        return wire.Mapping([(key, _cast(item, source, target)) for key, item in value.items])
    return value
