"""Progress is a convenience: whatever is wrong with its file, nobody loses a verdict, a hint, or what was stored."""

import contextlib
import sqlite3
import time

import pytest

from grader.progress import VERSION, Progress, ProgressError

RIGHT = "import torch\ndef halve(X):\n    return torch.floor(X / 2)\n"
OLD_TABLES = """
CREATE TABLE attempts (
  at REAL NOT NULL, exercise TEXT NOT NULL, status TEXT NOT NULL, score REAL NOT NULL, max_score REAL NOT NULL,
  stars INTEGER NOT NULL, max_stars INTEGER NOT NULL, sha256 TEXT NOT NULL, seed INTEGER NOT NULL
);
CREATE TABLE hints (exercise TEXT PRIMARY KEY, level INTEGER NOT NULL);
INSERT INTO attempts VALUES (1.0, 'numbers/halve', 'passed', 4, 4, 1, 1, 'abc', 0);
INSERT INTO hints VALUES ('numbers/halve', 1);
"""


def database(course):
    return course / ".gradlings/progress.db"


def as_before_there_were_versions(course):
    database(course).parent.mkdir()
    with contextlib.closing(sqlite3.connect(database(course))) as connection:
        connection.executescript(OLD_TABLES)


def damaged(course):
    database(course).parent.mkdir()
    database(course).write_bytes(b"not a database, and not empty either\n" * 100)


def a_folder_in_its_place(course):
    database(course).mkdir(parents=True)


def a_file_in_the_folders_place(course):
    (course / ".gradlings").write_text("in the way", encoding="utf-8")


def newer(course):
    as_before_there_were_versions(course)
    with contextlib.closing(sqlite3.connect(database(course))) as connection:
        connection.execute("PRAGMA user_version = 99")


def without_its_tables(course):
    database(course).parent.mkdir()
    with contextlib.closing(sqlite3.connect(database(course))) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION}")


def read_only(course):
    as_before_there_were_versions(course)
    database(course).chmod(0o444)
    database(course).parent.chmod(0o555)


def a_folder_that_may_not_be_made(course):
    course.chmod(0o555)


def a_folder_that_may_not_be_entered(course):
    as_before_there_were_versions(course)
    database(course).parent.chmod(0)


FAULTS = {
    damaged: "it is damaged, or no database at all; move it away",
    a_folder_in_its_place: "a folder of that name is in the way",
    a_file_in_the_folders_place: ".gradlings is in the way, which is not a folder",
    newer: "it was written by a newer gradlings, and was left as it is; upgrade gradlings",
    without_its_tables: "no such table",
    read_only: "check their permissions",
    a_folder_that_may_not_be_made: "check their permissions",
    a_folder_that_may_not_be_entered: "check their permissions",
}


def content(folder):
    return {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(params=FAULTS, ids=lambda fault: fault.__name__)
def fault(request, mini):
    request.param(mini)
    yield FAULTS[request.param]
    for folder in (mini, database(mini).parent):
        if folder.is_dir():
            folder.chmod(0o755)


def test_whatever_is_wrong_with_the_file_a_hint_is_shown_and_then_a_note(program, mini, fault):
    done = program("hint", "halve", ordinary=True)
    assert (done.returncode, done.stdout.startswith("Hint ")) == (0, True), done.stderr
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("Note: your progress cannot be stored in ")
    assert str(mini / ".gradlings") in done.stderr
    assert fault in done.stderr
    assert "grade hint halve --all" in done.stdout


@pytest.mark.parametrize("words", [(), ("list",)], ids=["grade", "list"])
def test_whatever_is_wrong_with_the_file_one_sees_where_one_stands(program, fault, words):
    done = program(*words, ordinary=True)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "Numbers" in done.stdout


def test_a_file_that_cannot_be_read_is_said_to_be_so(program, mini):
    newer(mini)
    done = program("list", lang="zh")
    assert done.returncode == 0
    assert "升级 gradlings" in done.stderr


def test_a_file_that_may_only_be_read_is_read(program, mini):
    read_only(mini)
    done = program("list", ordinary=True)
    assert ("✓  halve" in done.stdout, done.stderr) == (True, "")


@pytest.mark.parametrize("fault", [damaged, newer], ids=lambda fault: fault.__name__)
def test_a_file_that_is_not_ours_is_left_byte_for_byte(program, mini, fault):
    fault(mini)
    before = content(mini / ".gradlings")
    for words in [(), ("list",), ("hint", "halve")]:
        program(*words)
    assert content(mini / ".gradlings") == before


def test_a_locked_file_costs_neither_the_verdict_nor_the_hint(program, mini):
    (mini / "exercises/numbers/halve.py").write_text(RIGHT, encoding="utf-8")
    as_before_there_were_versions(mini)
    with contextlib.closing(sqlite3.connect(database(mini))) as other:
        other.execute("BEGIN EXCLUSIVE")
        graded, hinted, listed = program("exercise", "halve"), program("hint", "halve"), program("list")
    assert (graded.returncode, hinted.returncode, listed.returncode) == (0, 0, 0)
    assert "4/4" in graded.stdout
    assert "Hint 1 of 2" in hinted.stdout
    for done in (graded, hinted, listed):
        assert "another program holds it locked" in done.stderr
        assert "Traceback" not in done.stderr


def test_one_waits_at_most_two_seconds_for_a_locked_file(mini):
    as_before_there_were_versions(mini)
    with contextlib.closing(sqlite3.connect(database(mini))) as other:
        other.execute("BEGIN EXCLUSIVE")
        begun = time.monotonic()
        with pytest.raises(ProgressError):
            Progress(database(mini)).set_hint_level("numbers/halve", 2)
    assert time.monotonic() - begun < 2


def test_a_file_from_before_there_were_versions_keeps_everything(program, mini):
    as_before_there_were_versions(mini)
    before = database(mini).read_bytes()
    assert "✓  halve" in program("list").stdout
    assert database(mini).read_bytes() == before  # reading writes nothing
    assert "Hint 2 of 2" in program("hint", "halve").stdout
    assert "✓  halve" in program("list").stdout
    with contextlib.closing(sqlite3.connect(database(mini))) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert connection.execute("SELECT at, sha256 FROM attempts").fetchall() == [(1.0, "abc")]
        assert connection.execute("SELECT * FROM hint_levels").fetchall() == [("numbers/halve", "", 2)]


def test_an_attempt_that_cannot_be_stored_whole_is_not_stored_in_part(mini):
    progress = Progress(database(mini))
    wrong = {"status": "passed", "score": None, "max_score": 4, "stars": 0, "max_stars": 0, "sha256": "", "seed": 0}
    with pytest.raises(ProgressError):
        progress.record("numbers/halve", **wrong)
    progress.record("numbers/halve", **wrong | {"score": 4.0})
    assert progress.best()["numbers/halve"].attempts == 1


def test_a_nonsensical_hint_level_starts_from_the_first_hint(program, mini):
    as_before_there_were_versions(mini)
    with contextlib.closing(sqlite3.connect(database(mini))) as connection:
        connection.execute("UPDATE hints SET level = 'many'")
        connection.commit()
    assert "Hint 1 of 2" in program("hint", "halve").stdout


def test_an_exercise_without_hints_says_so(program, mini):
    about = mini / "exercises/numbers/halve.toml"
    parts = about.read_text(encoding="utf-8").split("[[hints]]")
    limits = parts[-1][parts[-1].index("[limits]") :]
    about.write_text("hints = []\n" + parts[0] + limits, encoding="utf-8")
    done = program("hint", "halve")
    assert (done.returncode, done.stdout) == (0, "There are no hints for halve.\n"), done.stderr
