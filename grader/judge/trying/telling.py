"""Says what stopped a submission, in the reader's language: its own exceptions, and what is not its own."""

from __future__ import annotations

import functools
import importlib.util
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Final

from grader import wire
from grader.judge.entry.syntax import LINE_LIMIT
from grader.judge.workers.places import place_of
from grader.text import LANGUAGES, Text, both


def raised(reply: wire.Raised) -> Text:
    """The sentence about an exception that a call ended with."""
    if reply.slip is not None and reply.slip.kind != "module" and (told := slipped(reply.slip)) is not None:
        return told
    return both("raised {error}", error=why(reply))


def why(reply: wire.Raised) -> Text:
    """What an exception says; in Python's words where it has no better. A worker writes what it likes."""
    words = dict.fromkeys(LANGUAGES, in_pythons_words(reply))
    told = slipped(reply.slip) if reply.slip is not None else None
    if told is None:
        return words
    return both("{error}; {told}", error=words, told=told) if reply.slip and reply.slip.kind == "module" else told


def in_pythons_words(reply: wire.Raised) -> str:
    """`ValueError: shapes differ`; the type alone where there is no message."""
    name = reply.bases[0] if reply.bases else "BaseException"
    return f"{name}: {reply.message}" if reply.message else name


def slipped(slip: wire.Slip) -> Text | None:
    """What a slip says; None where its facts are not what its kind promises."""
    try:
        return _SENTENCES[slip.kind](*slip.facts)
    except TypeError:
        return None


def _called(name: str, got: str, wanted: str) -> Text:
    expected = both("a tensor") if wanted == "tensors" else both("plain tensors and numbers")
    given: Text = {"en": f"{'an' if got[:1] in 'aeiou' else 'a'} {got}", "zh": got}
    if not name:
        return both("a function of the grader's was called with {given}, expected {expected}",
                    given=given, expected=expected)  # fmt: skip
    return both("{name} was called with {given}, expected {expected}", name=name, given=given, expected=expected)


def _stopped(name: str, arguments: str, error: str, message: str) -> Text:
    call, words = f"{name or '…'}({arguments})", f"{error}: {message}" if message else error
    return both("the call {call} could not be answered: {error}", call=call, error=words)


def _law(_name: str, en: str, zh: str) -> Text:
    return {"en": en, "zh": zh}


def _backward(error: str, message: str) -> Text:
    words = f"{error}: {message}"
    return both("the gradient of what it returned could not be computed: {error}", error=words)


def _parameter(kind: str, name: str, there: str) -> Text:
    if not there:
        return both("{kind} has no parameter {name}; it has none at all", kind=kind, name=name)
    return both("{kind} has no parameter {name}; it has {there}", kind=kind, name=name, there=there)


def _signature(own: str, call: str = "") -> Text:
    if not call:
        return both("the grader's call does not fit your {own}; keep the signature of the stub", own=own)
    return both("the call {call} does not fit your {own}; keep the signature of the stub", call=call, own=own)


def _forward(kind: str, meant: str = "") -> Text:
    if meant:
        return both("{kind} does not define forward; is it {meant}?", kind=kind, meant=meant)
    return both("{kind} does not define forward", kind=kind)


def _module(_name: str) -> Text:
    there = "torch, numpy, scipy" if _has_scipy() else "torch, numpy"
    return both(
        "there are {there}, the standard library, and your own earlier exercises: "
        "from exercises.attention.masked_softmax import masked_softmax",
        there=there,
    )


@functools.cache
def _has_scipy() -> bool:
    return importlib.util.find_spec("scipy") is not None


def _keyboard() -> Text:
    return both(
        "your code waits for the keyboard, as input() and breakpoint() do; there is none here. To step through it: "
        "`grade exercise … --debug`"
    )


_SENTENCES: Final[dict[wire.SlipKind, Callable[..., Text]]] = {
    "shape": lambda mine, theirs: both("returned shape {mine}, expected {theirs}", mine=mine, theirs=theirs),
    "type": lambda got: both("returned {actual}, expected {expected}", actual=got, expected="torch.Tensor"),
    "graph": lambda: both(
        "what it returned has no gradient with respect to its inputs: was it detached, made under torch.no_grad(), or "
        "computed outside of torch?"
    ),
    "backward": _backward,
    "parameter": _parameter,
    "parameter shape": lambda name, mine, theirs: both(
        "the parameter {name} has shape {mine}, expected {theirs}", name=name, mine=mine, theirs=theirs
    ),
    "attribute": lambda kind, name: both(
        "{kind} has no attribute {name}; the stub says what it must have", kind=kind, name=name
    ),
    "uninitialised": lambda kind, name: both(
        "{kind} has no {name}, which its base class makes: does __init__ call super().__init__?", kind=kind, name=name
    ),
    "signature": _signature,
    "forward": _forward,
    "called": _called,
    "stopped": _stopped,
    "law": _law,
    "module": _module,
    "keyboard": _keyboard,
    "compile": lambda: both("torch.compile is not available while being graded; leave it out"),
}


def traceback(frames: list[wire.Frame], sources: Mapping[str, str]) -> Text:
    """The lines of the learner's files that an exception passed, innermost last, and the tensors on that one."""
    shown = [_frame(frame, sources) for frame in frames]
    return {lang: "\n".join(lines[lang] for lines in shown) for lang in LANGUAGES}


def _frame(frame: wire.Frame, sources: Mapping[str, str]) -> Text:
    lines = sources.get(frame.path, "").splitlines()
    code = lines[frame.line - 1].strip()[:LINE_LIMIT] if 0 < frame.line <= len(lines) else ""
    file = PurePath(frame.path).name if frame.path else ""
    place = place_of(frame)
    if file:
        place = both("{file}, {place}", file=file, place=place)
    if frame.times > 1:
        place = both("{place} ({times} times)", place=place, times=frame.times)
    below = "".join(f"\n    {part}" for part in (code, "; ".join(frame.tensors)) if part)
    return {lang: place[lang] + below for lang in LANGUAGES}
