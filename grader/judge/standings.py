"""How the earlier exercises stand that a submission imports. A pass is remembered by content: it seldom changes."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path

from grader.course import Exercise
from grader.judge.bank import content_key
from grader.judge.prerequisites import Prerequisite, solutions_behind
from grader.judge.submission import Submission


class Passes:
    """Which submissions of an exercise have passed under a seed; kept in the cache, if there is one."""

    def __init__(self, exercise: Exercise, *, seed: int, cases: int, cache: Path | None) -> None:
        self._exercise, self._asked, self._cache = exercise, (exercise.id, seed, cases), cache

    def remember(self, submission: Submission, needed: Sequence[Prerequisite]) -> None:
        """Note that it passed; a cache that cannot be written is no error."""
        if (file := self._file(submission, needed)) is not None:
            with contextlib.suppress(OSError):
                file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                file.touch()

    def know(self, submission: Submission, needed: Sequence[Prerequisite]) -> bool:
        """Whether exactly this has passed before, with these earlier exercises, by this judge."""
        file = self._file(submission, needed)
        return file is not None and file.exists()

    def _file(self, submission: Submission, needed: Sequence[Prerequisite]) -> Path | None:
        if self._cache is None:
            return None
        exercise = self._exercise
        texts = (submission.source, *((one.module, one.submission.source) for one in needed))
        files = [file for file in exercise.files if file != exercise.stub and file.is_file()]
        return self._cache / "passed" / content_key((*self._asked, texts), [*files, *solutions_behind(exercise)])
