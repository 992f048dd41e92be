"""Remembers attempts and hints, in SQLite, in the folder that one works in."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.course import Course

_SCHEMA = """
CREATE TABLE IF NOT EXISTS attempts (
  at REAL NOT NULL, exercise TEXT NOT NULL, status TEXT NOT NULL, score REAL NOT NULL, max_score REAL NOT NULL,
  stars INTEGER NOT NULL, max_stars INTEGER NOT NULL, sha256 TEXT NOT NULL, seed INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS hints (exercise TEXT PRIMARY KEY, level INTEGER NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """The best attempt at an exercise."""

    status: str
    score: float
    max_score: float
    stars: int
    max_stars: int
    attempts: int


class Progress:
    """What was tried in a course. Where the folder cannot be written, nothing is remembered and nothing fails."""

    def __init__(self, file: Path) -> None:
        self._file = file

    @classmethod
    def of(cls, course: Course) -> Progress:
        """The progress in a course: beside its exercises, or in the user's data folder for the bundled copy."""
        if course.is_bundled:
            import platformdirs

            return cls(platformdirs.user_data_path("gradlings") / "progress.db")
        return cls(course.root / ".gradlings" / "progress.db")

    @contextlib.contextmanager
    def _open(self, *, writing: bool) -> Iterator[sqlite3.Connection | None]:
        if not writing and not self._file.exists():
            yield None
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(self._file)
            connection.executescript(_SCHEMA)
        except (OSError, sqlite3.Error):
            yield None
            return
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def record(
        self,
        exercise: str,
        *,
        status: str,
        score: float,
        max_score: float,
        stars: int,
        max_stars: int,
        sha256: str,
        seed: int,
    ) -> None:
        """Add an attempt."""
        row = (time.time(), exercise, status, score, max_score, stars, max_stars, sha256, seed)
        with self._open(writing=True) as connection:
            if connection is not None:
                connection.execute("INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def standings(self) -> dict[str, Standing]:
        """The best attempt at each exercise that was tried."""
        with self._open(writing=False) as connection:
            if connection is None:
                return {}
            rows = connection.execute(
                "SELECT exercise, status, score, max_score, stars, max_stars, COUNT(*) OVER (PARTITION BY exercise)"
                " FROM attempts ORDER BY status = 'passed', score, stars"
            ).fetchall()
        return {exercise: Standing(*rest) for exercise, *rest in rows}

    def hint_level(self, exercise: str) -> int:
        """How many hints were shown."""
        with self._open(writing=False) as connection:
            if connection is None:
                return 0
            row = connection.execute("SELECT level FROM hints WHERE exercise = ?", (exercise,)).fetchone()
        return int(row[0]) if row else 0

    def set_hint_level(self, exercise: str, level: int) -> None:
        """Remember how many hints were shown."""
        with self._open(writing=True) as connection:
            if connection is not None:
                connection.execute("INSERT OR REPLACE INTO hints VALUES (?, ?)", (exercise, level))
