"""What the judge can be asked, as data. Imports no torch."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import msgspec

from grader.judge.entry.admission import Admitted
from grader.judge.entry.submission import Submission

Depth = Literal["status", "failures", "smallest"]
"""How deep to go. "status": whether it passes, as quickly as that can be told; the score is a lower bound, and how
earlier exercises stand is not asked. "failures": every property, the diagnosis, each failure on the input on which it
was found. "smallest": the same on the smallest input that can be found, which is what learners are shown."""


class GradeRequest(msgspec.Struct, frozen=True, tag="grade"):
    """An admitted submission to grade. Paths are bytes, as the system has them; `script` asks for a debug script."""

    course: bytes
    exercise: str
    admitted: Admitted
    seed: int = 0
    cases: int = 100
    depth: Depth = "smallest"
    script: bool = False
    cache: bytes | None = None


ProofTask = Literal["files", "facts", "seed", "mutants", "right", "wrong"]


class ProofRequest(msgspec.Struct, frozen=True, tag="proof"):
    """One piece of the proof of an exercise.

    "files" looks at what needs no run, "facts" at the right variants, "seed" at banks and misconceptions under one
    seed, "mutants" at every `parts`-th mutant from `part` on, "right" and "wrong" at a submission that is kept as an
    example of that.
    """

    course: bytes
    exercise: str
    task: ProofTask
    cases: int = 100
    seed: int = 0
    part: int = 0
    parts: int = 1
    submission: Submission | None = None
    cache: bytes | None = None


def path_bytes(path: Path | None) -> bytes | None:
    """A path for a request."""
    return None if path is None else os.fsencode(path)


def path_from(data: bytes | None) -> Path | None:
    """The path in a request."""
    return None if data is None else Path(os.fsdecode(data))
