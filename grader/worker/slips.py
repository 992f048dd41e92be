"""What an exception is about where Python's own words would blame the learner for what the grader did or asked.

Nothing here is trusted: it is told by the process that runs the submission, as everything is that a worker says.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from difflib import get_close_matches
from types import CodeType, ModuleType, TracebackType
from typing import Any, Final

import torch

from grader import wire
from grader.wire.spelling import spelled

_SHORT: Final = 300
"""Longest fact, in characters."""
_NEVER_CALLED: Final = re.compile(r"([\w.<>]+)\(\) (?:missing|takes|got)\b")
"""How Python begins to say that arguments do not fit a signature."""


class Slipped(Exception):
    """The grader cannot go on with what the submission gave it. `kind` and facts as in `wire.Slip`."""

    def __init__(self, message: str, kind: wire.SlipKind, *facts: object) -> None:
        super().__init__(message)
        self.slip = slip(kind, *facts)


class CallbackFailed(RuntimeError):
    """A function that the judge handed over was called in a way that it cannot answer."""

    def __init__(self, number: int, refusal: wire.Refusal) -> None:
        super().__init__(refusal.message)
        self.number, self.refusal = number, refusal


class WaitsForKeyboard(RuntimeError):
    """There is no keyboard here."""


class NotCompiled(RuntimeError):
    """There is no compiler here."""


def slip(kind: wire.SlipKind, *facts: object) -> wire.Slip:
    """A slip with facts of a size that can be sent."""
    return wire.Slip(kind, [wire.clean(str(fact)[:_SHORT]) for fact in facts[: wire.FACTS_LIMIT]])


def slip_of(
    error: BaseException, request: wire.Request | None, resolve: Callable[[wire.Target, str], Any], module: ModuleType,
    *, own: bool,
) -> wire.Slip | None:  # fmt: skip
    """What an exception is about; None where it speaks for itself. `own`: it passed a line of the learner's."""
    kind = type(error)
    if isinstance(error, Slipped):
        return error.slip
    if isinstance(error, CallbackFailed):
        name = _callback_name(error.number, request, resolve)
        return slip(error.refusal.kind, name, *error.refusal.facts)
    if isinstance(error, WaitsForKeyboard):
        return slip("keyboard")
    if isinstance(error, NotCompiled) or kind.__module__.startswith(("torch._dynamo", "torch._inductor")):
        return slip("compile")
    if isinstance(error, ModuleNotFoundError) and type(error.name) is str:
        top = error.name.partition(".")[0]
        return slip("module", top) if top not in sys.modules else None
    if kind is NotImplementedError:
        return _without_forward(error.__traceback__)
    if own:
        return None
    if kind is AttributeError and type(error.name) is str:  # type: ignore[attr-defined]  # kind is what it is
        return _without_attribute(error.obj, error.name)  # type: ignore[attr-defined]  # the same
    if kind is TypeError:
        return _not_called(str(error), request, resolve, module)
    return None


def _callback_name(number: int, request: wire.Request | None, resolve: Callable[[wire.Target, str], Any]) -> str:
    """What the learner's function calls the argument that is function `number` of the judge's; empty if unknown."""
    if not isinstance(request, wire.Call):
        return ""
    for name, value in request.kwargs.items():
        if isinstance(value, wire.Callback) and value.id == number:
            return name
    if isinstance(request.target, wire.Named):
        return ""
    parameters = list(inspect.signature(_called(resolve(request.target, request.name))).parameters)
    for name, value in zip(parameters, request.args, strict=False):
        if isinstance(value, wire.Callback) and value.id == number:
            return name
    return ""


def _called(target: Any) -> Any:
    """What has the signature: `forward` of a module that is called."""
    return target.forward if isinstance(target, torch.nn.Module) else target


def _without_forward(traceback: TracebackType | None) -> wire.Slip | None:
    """A module that is called and has no `forward`."""
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    missing: CodeType = torch.nn.modules.module._forward_unimplemented.__code__
    if traceback is None or traceback.tb_frame.f_code is not missing:
        return None
    kind = type(traceback.tb_frame.f_locals["self"])
    return slip("forward", kind.__name__, *get_close_matches("forward", list(vars(kind)), 1))


def _without_attribute(owner: object, name: str) -> wire.Slip:
    """An attribute that the grader reads; or one that a base class would have made."""
    made_by_base = isinstance(owner, torch.optim.Optimizer) and name in ("state", "param_groups", "defaults")
    made_by_base |= isinstance(owner, torch.nn.Module) and (name == "training" or name.startswith("_"))
    kind = owner if isinstance(owner, type) else type(owner)
    return slip("uninitialised" if made_by_base else "attribute", kind.__name__, name)


def _not_called(
    message: str, request: wire.Request | None, resolve: Callable[[wire.Target, str], Any], module: ModuleType
) -> wire.Slip | None:
    """A call whose arguments a function of the learner's does not take: it was never entered."""
    if (found := _NEVER_CALLED.match(message)) is None:
        return None
    if isinstance(request, wire.Call | wire.Vjp) and not isinstance(request.target, wire.Named):
        target = resolve(request.target, request.name)
        signature = inspect.signature(_called(target))
        dummies: dict[str, object] = dict.fromkeys(request.kwargs)
        try:
            signature.bind(*request.args, **dummies)
        except TypeError:
            name = request.name or type(target).__name__
            call = [spelled(value) for value in request.args]
            call += [f"{word}={spelled(value)}" for word, value in request.kwargs.items()]
            return slip("signature", _plain(name, signature), f"{name}({', '.join(call)})")
    called: Any = module  # by a helper, or inside torch: Python's words name the function
    for part in found[1].split("."):
        called = getattr(called, part, None)
    return slip("signature", _plain(found[1], inspect.signature(called))) if callable(called) else None


def _plain(name: str, signature: inspect.Signature) -> str:
    """`masked_softmax(X, valid_lens=None)`: without annotations."""
    bare = [each.replace(annotation=inspect.Parameter.empty) for each in signature.parameters.values()]
    return f"{name}{signature.replace(parameters=bare, return_annotation=inspect.Signature.empty)}"
