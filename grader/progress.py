"""Remembers attempts and hints, in SQLite, in the folder that one works in.

It is a convenience, so it costs nobody a verdict: what cannot be read counts as nothing and says why (`trouble`), what
cannot be stored is a ProgressError, which front ends print as a note after everything else.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from grader.course import Course
from grader.text import Text, both

_MIGRATIONS: Final = (
    # 0 → 1: files from before there were versions have exactly these tables already
    (
        "CREATE TABLE IF NOT EXISTS attempts ("
        " at REAL NOT NULL, exercise TEXT NOT NULL, status TEXT NOT NULL, score REAL NOT NULL, max_score REAL NOT NULL,"
        " stars INTEGER NOT NULL, max_stars INTEGER NOT NULL, sha256 TEXT NOT NULL, seed INTEGER NOT NULL)",
        "CREATE TABLE IF NOT EXISTS hints (exercise TEXT PRIMARY KEY, level INTEGER NOT NULL)",
    ),
    # 1 → 2: hints belong to the property that fails first, which an attempt tells; the empty name is for all hints
    (
        "CREATE TABLE hint_levels ("
        " exercise TEXT NOT NULL, property TEXT NOT NULL, level INTEGER NOT NULL, PRIMARY KEY (exercise, property))",
        "INSERT INTO hint_levels SELECT exercise, '', level FROM hints",
        "DROP TABLE hints",
        "ALTER TABLE attempts ADD COLUMN failing TEXT NOT NULL DEFAULT ''",
    ),
)
"""The statements that lead from each version of the file (`PRAGMA user_version`) to the next. Only ever add to it."""

VERSION: Final = len(_MIGRATIONS)

_PATIENCE_SECONDS: Final = 1.0
"""How long to wait for another program that holds the file."""


class ProgressError(Exception):
    """Progress could not be stored. `text` says why, in which file, and what to do."""

    def __init__(self, text: Text) -> None:
        super().__init__(text["en"])
        self.text = text


class _NewerFile(Exception):
    """The file was written by a newer gradlings, which may have given its tables another meaning."""


@dataclass(frozen=True, slots=True)
class Best:
    """The best attempt at an exercise, and how many there were."""

    status: str
    score: float
    max_score: float
    stars: int
    max_stars: int
    attempts: int


class Progress:
    """What was tried in a course."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.trouble: Text | None = None
        """Why the last reading gave nothing, if there was a file to read."""

    @classmethod
    def of(cls, course: Course) -> Progress:
        """The progress in a course: beside its exercises, or in the user's data folder for the bundled copy."""
        if course.is_bundled:
            import platformdirs

            return cls(platformdirs.user_data_path("gradlings") / "progress.db")
        return cls(course.root / ".gradlings" / "progress.db")

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
        failing: Sequence[str] = (),
    ) -> None:
        """Add an attempt, with the ids of what failed, once its verdict has been printed. Raises ProgressError."""
        row = (
            time.time(), exercise, status, score, max_score, stars, max_stars, sha256, seed, " ".join(failing)
        )  # fmt: skip
        with self._writing() as connection:
            connection.execute("INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def failing(self, exercise: str) -> list[str]:
        """The ids of the properties that failed at the last attempt."""
        rows = self._read("SELECT failing FROM attempts WHERE exercise = ? ORDER BY at DESC LIMIT 1", exercise)
        return str(rows[0][0]).split() if rows else []

    def best(self) -> dict[str, Best]:
        """The best attempt at each exercise that was tried."""
        rows = self._read(
            "SELECT exercise, status, score, max_score, stars, max_stars, COUNT(*) OVER (PARTITION BY exercise)"
            " FROM attempts ORDER BY status = 'passed', score, stars"
        )
        return {exercise: Best(*rest) for exercise, *rest in rows}

    def hint_level(self, exercise: str, property_: str = "") -> int:
        """How many hints were shown to whoever fails a property; the empty name: of those for everybody."""
        query = "SELECT CAST(level AS INTEGER) FROM hint_levels WHERE exercise = ? AND property = ?"
        rows = self._read(query, exercise, property_)
        return max(0, rows[0][0]) if rows else 0

    def set_hint_level(self, exercise: str, level: int, property_: str = "") -> None:
        """Remember how many hints were shown. Raises ProgressError."""
        with self._writing() as connection:
            connection.execute("INSERT OR REPLACE INTO hint_levels VALUES (?, ?, ?)", (exercise, property_, level))

    def _read(self, query: str, *values: str) -> list[tuple[Any, ...]]:
        """The rows; none, and `trouble`, where the file cannot be read. Nothing is written, not even a migration."""
        self.trouble = None
        try:
            if not self._file.exists():
                return []
            with contextlib.closing(self._connect("ro")) as connection:
                if _version(connection) == VERSION:
                    return connection.execute(query, values).fetchall()
                with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
                    connection.backup(copy)
                    _migrate(copy)
                    return copy.execute(query, values).fetchall()
        except (OSError, sqlite3.Error, _NewerFile) as error:
            self.trouble = both(
                "your progress in {file} cannot be read: {reason}", file=self._file, reason=self._reason(error)
            )
            return []

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction on a file of this version: all of it is stored, or none."""
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(self._connect("rwc")) as connection:
                connection.execute("BEGIN IMMEDIATE")  # before the version is read: two may be about to migrate
                _migrate(connection)
                yield connection
                connection.execute("COMMIT")
        except (OSError, sqlite3.Error, _NewerFile) as error:
            text = both(
                "your progress cannot be stored in {file}: {reason}", file=self._file, reason=self._reason(error)
            )
            raise ProgressError(text) from error

    def _connect(self, mode: str) -> sqlite3.Connection:
        address = f"{self._file.absolute().as_uri()}?mode={mode}"
        return sqlite3.connect(address, uri=True, timeout=_PATIENCE_SECONDS, isolation_level=None)

    def _reason(self, error: Exception) -> Text:
        """Why, and what to do about it."""
        if isinstance(error, _NewerFile):
            return both("it was written by a newer gradlings, and was left as it is; upgrade gradlings")
        if isinstance(error, PermissionError):
            return both("the file or its folder may not be written or read; check their permissions")
        if isinstance(error, FileExistsError | NotADirectoryError):
            return both("{path} is in the way, which is not a folder; move it away", path=self._file.parent)
        if isinstance(error, OSError):
            return both("{error}", error=error.strerror or error)
        if os.path.isdir(self._file):  # noqa: PTH112  # where Path.is_dir raises, this says no
            return both("a folder of that name is in the way; move it away")
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the upper bits say more than a reader can use
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return both("another program holds it locked; try again when that has ended")
        if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
            return both("the file or its folder may not be written or read; check their permissions")
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return both("it is damaged, or no database at all; move it away, and a new one is begun")
        if code == sqlite3.SQLITE_FULL:
            return both("the disk is full")
        return both("{error}; if it stays so, move the file away, and a new one is begun", error=error)


def _version(connection: sqlite3.Connection) -> int:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise _NewerFile
    return max(0, version)


def _migrate(connection: sqlite3.Connection) -> None:
    """Bring a file's tables to this version; part of whatever transaction is open."""
    version = _version(connection)
    for statements in _MIGRATIONS[version:]:
        for statement in statements:
            connection.execute(statement)
    if version < VERSION:
        connection.execute(f"PRAGMA user_version = {VERSION}")
