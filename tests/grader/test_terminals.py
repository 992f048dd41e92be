"""Whatever a terminal can print, and whatever a folder is called, every command says what it has to say."""

import codecs
import os
import shutil
import subprocess

import pytest

from grader.cli.terminal import _SUBSTITUTES, _substitute

C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
TERMINALS = {
    "gbk": ("gbk", {"PYTHONIOENCODING": "gbk"}),
    "latin-1": ("latin-1", {"PYTHONIOENCODING": "latin-1"}),
    "ascii": ("ascii", {"PYTHONIOENCODING": "ascii"}),
    "C": ("ascii", C_LOCALE),
    "utf-8": ("utf-8", {"PYTHONIOENCODING": "utf-8"}),
}
COMMANDS = {
    (): 0, ("list",): 0, ("hint", "halve"): 0, ("doctor",): 0, ("exercise", "halve"): 1, ("reset", "halve"): 0,
    ("--help",): 0, ("exercise", "--help"): 0, ("author", "new", "third", "--track", "numbers"): 0,
    ("exercise", "halv"): 2, ("no-such-command",): 2, ("list", "--nonsense"): 2, ("author", "--help"): 0,
}  # fmt: skip
OLD_CHINESE = os.fsdecode(b"\xd7\xf7\xd2\xb5")
"""作业 as a system that speaks GBK writes it: its first two bytes are no UTF-8."""


@pytest.fixture(params=TERMINALS)
def terminal(request):
    return TERMINALS[request.param]


@pytest.fixture
def committed(mini):
    for words in (["init", "-q"], ["add", "."], ["-c", "user.name=x", "-c", "user.email=x@y", "commit", "-qm", "x"]):
        subprocess.run(["git", *words], cwd=mini, check=True, capture_output=True)
    return mini


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: " ".join(words) or "grade")
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_command_prints_in_every_encoding(program, committed, terminal, words, lang):
    encoding, environment = terminal
    done = program(*words, lang=lang, encoding=encoding, **environment)  # decoded strictly
    assert done.returncode == COMMANDS[words], done.stderr
    assert "Traceback" not in done.stderr
    assert (done.stdout + done.stderr).strip()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_start_prints_in_every_encoding(program, mini, tmp_path, terminal, lang):
    encoding, environment = terminal
    done = program("start", tmp_path / "作业", "--course", mini, lang=lang, encoding=encoding, **environment)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "作业/exercises/numbers/halve.py").is_file()


@pytest.mark.parametrize("name", ["latin-1", "ascii", "C"])
@pytest.mark.parametrize("how", ["--lang", "GRADE_LANG"])
def test_where_chinese_cannot_be_printed_english_is_spoken(program, name, how):
    encoding, environment = TERMINALS[name]
    words, lang = (["--lang", "zh"], "en") if how == "--lang" else ([], "zh")
    assert "exercise" in program("list", *words, lang=lang, encoding=encoding, **environment).stdout
    assert "zh was asked for" in program("doctor", *words, lang=lang, encoding=encoding, **environment).stdout


def test_a_chinese_terminal_gets_chinese_and_plain_marks(program, mini):
    (mini / "exercises/numbers/halve.py").write_text("def f(:\n", encoding="utf-8")
    encoding, environment = TERMINALS["gbk"]
    assert "练习" in program("list", lang="zh", encoding=encoding, **environment).stdout
    assert "0/2" in (progress := program(lang="zh", encoding=encoding, **environment).stdout)
    assert "...................." in progress
    graded = program("exercise", "halve", lang="zh", encoding=encoding, **environment)
    assert (graded.returncode, graded.stderr) == (1, "")
    assert "无法评分" in graded.stdout


def test_a_report_is_printed_where_its_marks_are_not_there(program, mini):
    (mini / "exercises/numbers/halve.py").write_text("def halve(X):\n    return X / 2 + 1\n", encoding="utf-8")
    encoding, environment = TERMINALS["C"]
    done = program("exercise", "halve", encoding=encoding, **environment)
    assert done.returncode == 1, done.stderr
    assert "  x " in done.stdout
    assert "  + " in done.stdout


@pytest.fixture
def old_folder(committed, tmp_path):
    """The course in a folder whose name is no UTF-8."""
    folder = tmp_path / OLD_CHINESE / "course"
    shutil.copytree(committed, folder)
    return folder


@pytest.mark.parametrize(
    "words",
    [(), ("list",), ("hint", "halve"), ("reset", "halve"), ("doctor",), ("list", "--course", ".")],
    ids=lambda words: " ".join(words) or "grade",
)
def test_a_folder_in_any_encoding_can_be_worked_in(program, old_folder, terminal, words):
    encoding, environment = terminal
    (old_folder / "exercises/numbers/halve.py").write_text("mine", encoding="utf-8")
    done = program(*words, cwd=old_folder, encoding=encoding, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    if words in (("doctor",), ("reset", "halve")):
        assert r"\xd7\xf7" in done.stdout


def test_progress_is_kept_in_a_folder_in_any_encoding(program, old_folder):
    assert "Hint 1 of 2" in program("hint", "halve", cwd=old_folder).stdout
    assert "Hint 2 of 2" in program("hint", "halve", cwd=old_folder).stdout


def test_a_folder_in_any_encoding_can_be_begun(program, mini, tmp_path, terminal):
    encoding, environment = terminal
    work = tmp_path / OLD_CHINESE
    done = program("start", work, "--course", mini, encoding=encoding, **environment)
    assert done.returncode == 0, done.stderr
    assert r"\xd7\xf7" in done.stdout
    assert (work / "exercises/numbers/halve.py").is_file()
    again = program("start", work, "--course", mini, encoding=encoding, **environment)
    assert again.returncode == 2
    assert r"\xd7\xf7" in again.stderr


def test_a_course_that_is_not_there_is_named_in_any_encoding(program, tmp_path, terminal):
    encoding, environment = terminal
    done = program("list", "--course", tmp_path / OLD_CHINESE, encoding=encoding, **environment)
    assert done.returncode == 2
    assert r"\xd7\xf7" in done.stderr


@pytest.mark.parametrize(
    ("text", "plain"),
    [("✓ ✗ ★ ☆", "+ x * o"), ("█░", "#."), ("10⁻⁶, x₂, β₁² ", "10^-6, x_2, beta_1^2 "), ("Δθ", "Deltatheta"),
     ("ε ≤ √d × λ", "eps <= sqrtd x lambda"), ("café ŝ", "cafe s"), ("“a” — b…", '"a" - b...'), ("┌─┐│", "+-+|"),
     ("作业，👩‍🏫", "????,????"), ("\udcd7\ud800", r"\xd7\ud800"), ("\ue000", "?")],
)  # fmt: skip
def test_a_substitute_says_about_the_same(text, plain):
    codecs.register_error("under.test", _substitute)
    assert text.encode("ascii", "under.test").decode("ascii") == plain


def test_substitutes_are_plain():
    assert all(substitute.isascii() for substitute in _SUBSTITUTES.values())
