"""Files that are no submission get a clear message; unusual ones that are get graded."""

import os

import pytest
from verdicts import Attack, judged, safe
from world import REFERENCE

STUB = "def sequence_mask(X, v, value=0):\n    raise NotImplementedError\n\n\ndef masked_softmax(X, v):\n    raise "


def written(data):
    return lambda path: path.write_bytes(data)


def linked(path):
    path.symlink_to("/etc/passwd")


@pytest.mark.parametrize(
    ("make", "word"),
    [
        pytest.param(written(b"\xff\xfe\x00"), "is not UTF-8 text (line 1)", id="binary"),
        pytest.param("é = 1\n".encode("latin-1"), "is not UTF-8 text", id="latin1"),
        pytest.param(written(b"def masked_softmax(X:\n"), "is not valid Python: line 1", id="syntax"),
        pytest.param(written(b"x = 1\n\0"), "is not valid Python: line 2", id="nul"),
        pytest.param(written(b""), "is empty", id="empty"),
        pytest.param(written(b" \r\n\t\n"), "is empty", id="blank"),
        pytest.param(written(b"#" * 50 * 2**20), "bytes, more than the limit", id="50MB"),
        pytest.param(written(b"x = " + b"-" * 500_000 + b"1"), "is not valid Python", id="minus"),
        pytest.param(written(b"x = " + b"(" * 100_000), "is not valid Python", id="parentheses"),
        pytest.param(written(b"x = a" + b".a" * 400_000), "is not valid Python", id="attributes"),
        pytest.param(written(b"x = " + b"9" * 900_000), "is not valid Python", id="digits"),
        pytest.param(lambda path: path.mkdir(), "is not a file", id="directory"),
        pytest.param(linked, "is a symbolic link", id="symlink"),
        pytest.param(os.mkfifo, "is not a file", id="pipe"),
    ],
)
def test_what_is_no_submission_is_told_so(world, tmp_path, make, word):
    path = tmp_path / "submission.py"
    make(path) if callable(make) else path.write_bytes(make)
    ran = safe(world.run(path))
    judged(ran, Attack("", status="invalid", word=word))
    assert len(ran.stdout) < 5000
    assert "root:" not in ran.stdout


@pytest.mark.parametrize(
    "line", ["x = a" + ".a" * 900, "x.softmax = a" + ".a" * 900 + ".softmax"], ids=["long", "named"]
)
def test_a_file_of_long_names_is_read_in_time(world, tmp_path, line):
    path = tmp_path / "submission.py"
    path.write_text(f"def sequence_mask(): ...\ndef masked_softmax(): ...\n{line}\n" * 200)
    ran = safe(world.run(path, course="guarded"))
    judged(ran, Attack("", status="invalid"))
    assert ran.seconds < 15


@pytest.mark.parametrize(
    "rest", ["NotImplementedError(0x" + "f" * 90_000 + ")", "NotImplementedError" + ".a" * 1500], ids=["hex", "dotted"]
)
def test_a_stub_that_raises_with_a_twist_is_graded_like_any_other_text(world, tmp_path, rest):
    path = tmp_path / "submission.py"
    path.write_text(STUB + rest + "\n")
    ran = safe(world.run(path))
    judged(ran, Attack("", word="sequence_mask is not written yet"))
    assert len(ran.stdout) < 50_000


@pytest.mark.parametrize(
    ("name", "shown"), [(b"\xff\xfe.py", "\\xff\\xfe.py"), (b"caf\xe9.py", "caf\\xe9.py")], ids=["bytes", "latin-1"]
)
def test_a_name_that_is_not_utf8_is_spelled_out(world, tmp_path, name, shown):
    path = os.fsencode(tmp_path) + b"/" + name
    with open(path, "wb") as stream:  # noqa: PTH123  # a path of bytes
        stream.write(b"x = 1\n")
    judged(safe(world.run(os.fsdecode(path))), Attack("", status="invalid", word=f"{shown} does not define"))


def test_escape_codes_in_a_name_do_not_reach_the_terminal(world, tmp_path):
    path = tmp_path / "\x1b[2J\x1b[31m\r\x9b.py"
    path.write_text(STUB + "NotImplementedError\n")
    shown = safe(world.run(path, "--format", "text")).stdout
    assert not {"\x1b", "\r", "\x9b"} & set(shown)
    judged(world.run(path), Attack("", status="not_started"))


@pytest.mark.parametrize("name", ["../../x.py", "..\\..\\x.py", "-rf.py", "torch.py", "$(touch x).py"])
def test_a_name_that_points_elsewhere_is_a_name(world, tmp_path, name):
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (folder / name).write_text("x = 1\n")
    ran = safe(world.run(folder / name))
    judged(ran, Attack("", status="invalid", word="does not define sequence_mask, masked_softmax"))


def test_chinese_emoji_bom_crlf_and_tabs_are_graded_like_anything_else(world, tmp_path):
    path = tmp_path / "注意力　👩‍🏫 softmax.py"
    text = REFERENCE.read_text(encoding="utf-8").replace("    ", "\t").replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode("utf-8"))
    ran = safe(world.run(path))
    assert (ran.report["status"], ran.report["score"], ran.code) == ("passed", 10, 0)
    assert ran.report["submission"]["path"] == str(path)
