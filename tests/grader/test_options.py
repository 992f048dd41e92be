"""--course and --lang mean the same wherever they stand, and the nearest one wins."""

import shutil

import pytest

from grader.cli.group import COMMANDS

FAR = ("--course", "{}")
PLACES = [
    (*FAR, "list"), ("list", *FAR), (*FAR, "hint", "halve"), ("hint", "halve", *FAR), FAR, (*FAR, "doctor"),
    (*FAR, "exercise", "halve"), (*FAR, "author", "check", "halv"), ("author", *FAR, "check", "halv"),
    ("author", "check", *FAR, "halv"),
]  # fmt: skip


def words(place, course):
    return [word.format(course) for word in place]


@pytest.fixture
def other(mini, tmp_path):
    """A second course, whose title tells it apart."""
    folder = tmp_path / "other"
    shutil.copytree(mini, folder)
    syllabus = folder / "exercises/course.toml"
    syllabus.write_text(syllabus.read_text(encoding="utf-8").replace("Numbers", "Others"), encoding="utf-8")
    return folder


@pytest.mark.parametrize("place", PLACES, ids=" ".join)
def test_course_is_heard_wherever_it_stands(program, mini, tmp_path, place):
    done = program(*words(place, mini), cwd=tmp_path)
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    assert any(word in said for word in ("halve", "Hint 1", f"{mini}  (found", "1. Numbers", "Halving")), said


@pytest.mark.parametrize("place", PLACES, ids=" ".join)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_course_that_is_none_is_a_usage_error_wherever_it_stands(program, tmp_path, place, lang):
    (tmp_path / "file").write_text("")
    for name in ("nothing", "file"):
        done = program(*words(place, tmp_path / name), lang=lang)
        assert (done.returncode, done.stdout) == (2, "")
        assert {"en": "there is no course in", "zh": "中没有课程"}[lang] in done.stderr


@pytest.mark.parametrize("command", [command for command in COMMANDS if command != "author"])
def test_a_course_that_is_none_is_a_usage_error_for_every_command(program, tmp_path, command):
    name = {"hint": ["halve"], "reset": ["halve"], "start": [tmp_path / "work"]}.get(command, [])
    done = program(command, *name, "--course", tmp_path / "nothing")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"there is no course in {tmp_path}/nothing" in done.stderr


def test_a_course_that_may_not_be_entered_is_a_usage_error(program, mini):
    mini.chmod(0)
    done = program("list", "--course", mini, cwd=mini.parent, ordinary=True)
    mini.chmod(0o755)
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)


def test_the_nearest_course_wins(program, mini, other, tmp_path):
    assert "Others" in program("--course", mini, "list", "--course", other, cwd=tmp_path).stdout
    assert "Others" in program("--course", other, cwd=mini).stdout
    new = program("--course", mini, "author", "--course", other, "new", "third", "--track", "numbers", cwd=tmp_path)
    assert new.returncode == 0, new.stderr
    assert (other / "exercises/numbers/third.py").is_file()
    assert not (mini / "exercises/numbers/third.py").exists()


@pytest.mark.parametrize(
    "place",
    [("--lang", "zh", "list"), ("list", "--lang", "zh"), ("list", "--lang=zh_CN.UTF-8"), ("--lang", "ZH", "list"),
     ("--lang", "en", "list", "--lang", "zh")],
    ids=" ".join,
)  # fmt: skip
def test_the_language_is_heard_wherever_it_stands(program, place):
    assert "练习" in program(*place).stdout


@pytest.mark.parametrize("place", [("--lang", "zh", "author", "--help"), ("author", "--lang", "zh", "check", "--help")])
def test_help_of_authors_commands_is_in_the_language_asked_for(program, place):
    assert "语言" in program(*place).stdout


def test_a_language_that_is_not_there_is_a_usage_error(program):
    done = program("list", "--lang", "fr")
    assert done.returncode == 2
    assert "'fr' is no language here; there are en, zh" in done.stderr


def test_names_are_completed_from_the_course_that_was_named(program, mini, tmp_path):
    for line in (f"grade --course {mini} hint ha", f"grade hint --course {mini} ha", "grade --course /nothing hint ha"):
        done = program(
            cwd=tmp_path, _GRADE_COMPLETE="bash_complete", COMP_WORDS=line, COMP_CWORD=str(len(line.split()) - 1)
        )
        assert ("halve" in done.stdout, done.stderr) == ("/nothing" not in line, "")


def test_a_folder_that_is_gone_is_a_usage_error(program, tmp_path):
    code = "import os, tempfile; os.chdir(f := tempfile.mkdtemp()); os.rmdir(f); from grader.cli import main; main()"
    done = program("list", start=("-P", "-c", code))
    assert (done.returncode, "the folder you are in is gone" in done.stderr) == (2, True)
