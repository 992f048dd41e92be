"""What is kept by content is bounded, whole or absent, and never an error."""

import os
import time

from grader.judge.bank import content
from grader.judge.bank.store import Store


def test_what_was_put_is_got_and_nothing_else(tmp_path):
    store = Store(tmp_path / "made/when/needed")
    assert store.get("a") is None
    store.put("a", b"1")
    store.put("a", b"2")
    assert (store.get("a"), store.get("b"), len(store), store.size()) == (b"2", None, 1, 1)


def test_no_folder_keeps_nothing():
    store = Store(None)
    store.put("a", b"1")
    assert (store.get("a"), len(store)) == (None, 0)


def test_the_least_recently_used_are_forgotten_once_there_is_too_much(tmp_path):
    store = Store(tmp_path, most_bytes=100)
    old = time.time() - 10_000
    for number in range(10):
        store.put(f"k{number}", b"x" * 10)
        os.utime(tmp_path / f"k{number}", (old + number, old + number))
    assert store.get("k0") is not None  # used now, and so the youngest
    store.put("new", b"x" * 10)
    kept = {path.name for path in tmp_path.iterdir()}
    assert {"new", "k0", "k9"} <= kept
    assert not {"k1", "k2"} & kept
    assert store.size() <= 100


def test_a_store_that_was_full_before_is_bounded_too(tmp_path):
    Store(tmp_path).put("old", b"x" * 200)
    os.utime(tmp_path / "old", (1, 1))
    Store(tmp_path, most_bytes=100).put("new", b"y")
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_what_a_killed_writer_left_behind_goes_away(tmp_path):
    leftover = tmp_path / ".new-killed"
    leftover.write_bytes(b"half")
    os.utime(leftover, (1, 1))
    assert Store(tmp_path).size() == 0
    assert not leftover.exists()


def test_what_cannot_be_kept_is_no_error(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    store = Store(tmp_path / "file" / "below")
    store.put("a", b"1")
    assert store.get("a") is None


def test_a_key_changes_with_every_file_wherever_it_lies(tmp_path, monkeypatch):
    package = tmp_path / "grader"
    for room in ("wire", "worker", "kit", "judge/deep/er"):
        (package / room).mkdir(parents=True)
        (package / room / "x.py").write_text("1")
    for file in ("course.py", "formats.py", "stubs.py"):
        (package / file).write_text("1")
    (package / "__init__.py").write_text("")
    monkeypatch.setattr(content.grader, "__file__", str(package / "__init__.py"))
    keys = set()
    for changed in ("", "wire/x.py", "worker/x.py", "kit/x.py", "judge/deep/er/x.py", "course.py", "formats.py"):
        if changed:
            (package / changed).write_text("2")
        content.engine.cache_clear()
        keys.add(content.content_key(("asked",)))
    content.engine.cache_clear()
    assert len(keys) == 7
    files = [tmp_path / "a", tmp_path / "b"]
    for texts in (("12", "3"), ("1", "23"), ("", "123")):
        for file, text in zip(files, texts, strict=True):
            file.write_text(text)
        keys.add(content.content_key(("asked",), files))
    assert len(keys) == 10
    content.engine.cache_clear()


def test_every_module_that_judges_is_in_the_engine():
    import subprocess
    import sys

    code = "import sys; import grader.judge.proof.tasks; print(*(m.__file__ for n, m in sys.modules.items() if n.startswith('grader.')), sep='\\n')"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, encoding="utf-8", check=True).stdout
    judging = {path for path in loaded.split() if not path.endswith("/text.py")}  # sentences change no answer
    missing = judging - {str(path) for path in content.engine_files()}
    assert missing == set()


def test_the_engine_knows_the_version_of_everything_that_it_stands_on():
    names = {name.partition("-")[0].lower() for name in content._versions()}
    assert names == {"torch", "hypothesis", "numpy", "scipy", "msgspec"}
