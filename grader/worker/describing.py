"""An exception as data: its type, its message, and the lines of the learner's files that it passed."""

from __future__ import annotations

import linecache
import re
from collections.abc import Collection, Iterator
from types import FrameType, TracebackType
from typing import Final

import torch

from grader import wire

_LINES: Final = 10
"""Most lines of one statement that are searched for names."""
_IDENTIFIER: Final = re.compile(r"[^\W\d]\w*")


def message_of(error: BaseException) -> str:
    """Its message, as far as it has one that can be read."""
    try:
        return wire.clean(str(error)[: wire.TEXT_LIMIT])
    except BaseException:
        return "(its message could not be read)"


def frames_of(traceback: TracebackType | None, path: str, companions: Collection[str]) -> list[wire.Frame]:
    """The lines of the learner's files, innermost last: each once, with how often it was passed."""
    passed: dict[tuple[int, str, str], int] = {}
    innermost: TracebackType | None = None
    for entry in _entries(traceback):
        code = entry.tb_frame.f_code
        if code.co_filename == path or code.co_filename in companions:
            place = "" if code.co_filename == path else wire.clean(code.co_filename[: wire.TEXT_LIMIT])
            key = (entry.tb_lineno, wire.clean(code.co_name[:200]), place)
            passed[key] = passed.pop(key, 0) + 1
            innermost = entry
    frames = [wire.Frame(line, name, place, times) for (line, name, place), times in passed.items()]
    if innermost is not None and (tensors := _tensors_on(innermost)):
        last = frames[-1]
        frames[-1] = wire.Frame(last.line, last.function, last.path, last.times, tensors)
    return frames[-wire.FRAMES_LIMIT :]


def unwritten(traceback: TracebackType | None, path: str, companions: Collection[str]) -> str:
    """The function of the learner's files that raised on its own account; empty if the last one was another's."""
    entries = list(_entries(traceback))
    if not entries:
        return ""
    last = entries[-1]
    code = last.tb_frame.f_code
    name = wire.clean(code.co_qualname[:200])
    if code.co_filename == path:
        return name
    return f"{name} ({wire.clean(code.co_filename[:200])})" if code.co_filename in companions else ""


def _entries(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next


def _tensors_on(entry: TracebackType) -> list[str]:
    """The tensors that the statement names which raised: `scores float32 (2, 3, 4)`."""
    frame = entry.tb_frame
    _, _, lines, _ = linecache.cache.get(frame.f_code.co_filename, (0, None, [], ""))  # type: ignore[misc]  # loaded
    first, last = _lines_of(entry)
    text = "".join(lines[first - 1 : min(last, first + _LINES)])
    names = dict.fromkeys(_IDENTIFIER.findall(text))
    return [told for name in names if (told := _tensor(frame, name))][: wire.FACTS_LIMIT]


def _lines_of(entry: TracebackType) -> tuple[int, int]:
    """The first and the last line of what was being executed."""
    line = entry.tb_lineno
    for index, (first, last, _, _) in enumerate(entry.tb_frame.f_code.co_positions()):
        if index == entry.tb_lasti // 2:
            return (first or line, last or line)
    return line, line


def _tensor(frame: FrameType, name: str) -> str:
    value = frame.f_locals.get(name)
    if value is None or type(value) not in (torch.Tensor, torch.nn.Parameter):
        return ""
    return wire.clean(f"{name} {value.dtype} {tuple(value.shape)}".replace(" torch.", " ", 1)[:200])
