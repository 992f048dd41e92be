"""Which submissions have passed: remembered by content, because an earlier exercise seldom changes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.course import Exercise
from grader.judge.bank.content import content_key
from grader.judge.bank.store import Store
from grader.judge.entry.companions import Companion, solutions_behind
from grader.judge.entry.submission import Submission


class Passes:
    """Which submissions of an exercise have passed under a seed; kept in the cache, if there is one."""

    def __init__(self, exercise: Exercise, *, seed: int, cases: int, cache: Path | None) -> None:
        self._exercise, self._asked = exercise, (exercise.id, seed, cases)
        self._store = Store(cache / "passed" if cache else None)

    def remember(self, submission: Submission, needed: Sequence[Companion]) -> None:
        """Note that it passed."""
        self._store.put(self._key(submission, needed), b"")

    def know(self, submission: Submission, needed: Sequence[Companion]) -> bool:
        """Whether exactly this has passed before, with these earlier exercises, by this judge."""
        return self._store.get(self._key(submission, needed)) is not None

    def _key(self, submission: Submission, needed: Sequence[Companion]) -> str:
        exercise = self._exercise
        texts = (submission.source, *((companion.module, companion.submission.source) for companion in needed))
        files = [file for file in exercise.files if file != exercise.stub]
        return content_key((*self._asked, texts), [*files, *solutions_behind(exercise)])
