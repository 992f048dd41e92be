"""Files in any encoding that Python reads, and the one that it does not; names and folders in any bytes."""

import json
import os
import shutil

import pytest

from grader.judge.entry.submission import InvalidSubmission, decode, nameable, read_submission, submission_of

CODE = "import torch\n\n\n# 注释：向下取整\ndef halve(X):\n    return torch.floor(X / 2)\n"
PARAMETERS = [
    pytest.param(CODE.encode(), False, id="UTF-8"),
    pytest.param(b"\xef\xbb\xbf" + CODE.encode(), False, id="UTF-8 with a BOM"),
    pytest.param(("# -*- coding: gbk -*-\n" + CODE).encode("gbk"), False, id="GBK, declared"),
    pytest.param(("#!/usr/bin/python\n# coding=gb18030\n" + CODE).encode("gb18030"), False, id="on the second line"),
    pytest.param(("# -*- coding: latin-1 -*-\n# \xe9\n" + CODE.replace("：", "")).encode("utf-8"), False, id="latin-1"),
    pytest.param(CODE.encode("gbk"), True, id="GBK, undeclared"),
    pytest.param(("# -*- coding: utf-8 -*-\n" + CODE).encode("gbk"), True, id="GBK that says UTF-8"),
    pytest.param(("# -*- coding: no-such-thing -*-\n" + CODE).encode(), False, id="an encoding that nobody knows"),
    pytest.param(CODE.replace("\n", "\r\n").encode("gbk"), True, id="GBK with CRLF"),
]


@pytest.mark.parametrize(("data", "noted"), PARAMETERS)
def test_a_file_is_read_as_python_reads_it_and_else_as_gbk_with_a_note(data, noted):
    source, note = decode(data, "halve.py")
    compile(source, "halve.py", "exec")
    assert "\r" not in source
    assert (note is not None) == noted
    if noted:
        assert "注释" in source
        assert "GBK" in note["en"]
        assert "GBK" in note["zh"]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"x = 1\n\xff\xfe\n", "is not UTF-8 text (line 2)"),
        ("é = 1\n".encode("latin-1"), "is not UTF-8 text (line 1)"),
        (CODE.encode("utf-16"), "is not UTF-8 text (line 1)"),
        (b"# -*- coding: ascii -*-\n# \xe4\n", "says that it is ascii, and is not"),
        (b"# -*- coding: rot13 -*-\nvzcbeg bf\n", "says that it is rot13, and is not"),
        (("x = '" + "注释" * 3).encode("gbk"), "is not UTF-8 text"),
    ],
    ids=["bytes", "latin-1", "UTF-16", "a lie", "no encoding of text", "GBK that is no Python"],
)
def test_what_is_no_text_is_told_so_and_what_to_do(data, says):
    with pytest.raises(InvalidSubmission) as raised:
        decode(data, "x.py")
    assert says in raised.value.text["en"]
    assert "UTF-8" in raised.value.text["zh"]


@pytest.mark.parametrize(("data", "noted"), PARAMETERS[2:7])
def test_it_is_graded_through_the_program_and_the_note_stands_under_the_verdict(program, mini, data, noted):
    (mini / "exercises/numbers/halve.py").write_bytes(data)
    done = program("exercise", "halve", "--cases", "10", "--format", "json")
    report = json.loads(done.stdout)
    assert (report["status"], done.returncode, done.stderr) == ("passed", 0, "")
    assert len(report["notes"]) == noted
    shown = program("exercise", "halve", "--cases", "10", lang="zh").stdout
    assert ("按 GBK 读取" in shown) == noted


@pytest.mark.parametrize("name", [b"\xd7\xf7\xd2\xb5", b"caf\xe9", "作业 🙂".encode()], ids=["GBK", "latin-1", "UTF-8"])
def test_a_folder_of_any_name_can_be_worked_in(program, mini, tmp_path, name):
    folder = tmp_path / os.fsdecode(name)
    shutil.move(mini, folder)
    (folder / "exercises/numbers/halve.py").write_text(CODE, encoding="utf-8")
    done = program("exercise", "halve", "--cases", "10", cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Passed." in done.stdout
    wrong = os.fsencode(folder) + b"/" + name + b".py"
    with open(wrong, "wb") as stream:  # noqa: PTH123  # a path of bytes
        stream.write(b"def halve(X):\n    return X / 2 + 1\n")
    done = program("exercise", "halve", "--cases", "10", "--submission", os.fsdecode(wrong), "--debug", cwd=folder)
    assert done.returncode == 1, done.stderr
    assert "To step through it" in done.stdout
    import subprocess
    import sys

    ran = subprocess.run([sys.executable, "debug_halve.py"], cwd=folder, capture_output=True, check=False)
    assert b"result_1 = " in ran.stdout, ran.stderr


def test_a_name_is_shown_whatever_its_bytes():
    assert nameable("a/减半.py") == "a/减半.py"
    assert nameable(os.fsdecode(b"caf\xe9.py")) == "caf\\xe9.py"
    assert nameable("\ud800.py") == "\\ud800.py"


def test_a_text_that_comes_from_no_file_has_unix_line_ends_and_a_hash_of_its_own():
    first, second = submission_of("a\r\nb\r", "cell 3"), submission_of("a\nb\n", "cell 4")
    assert (first.source, first.name, first.location) == ("a\nb\n", "cell 3", b"")
    assert first.sha256 != second.sha256


def test_a_name_with_a_nul_is_told_so(tmp_path):
    with pytest.raises(InvalidSubmission, match="cannot be read"):
        read_submission(tmp_path / "a\0b.py")
