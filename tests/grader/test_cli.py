"""The real program on a miniature course: what it prints, how it exits, and that it loses nothing."""

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

HERE = Path(__file__).parent
SCHEMA = json.loads((HERE.parents[1] / "grader/report/report.schema.json").read_text(encoding="utf-8"))
RIGHT = "import torch\ndef halve(X):\n    return torch.floor(X / 2)\n"
WRONG = "def halve(X):\n    return X / 2 + 1\n"


@pytest.fixture
def course(mini):
    return mini


@pytest.fixture
def grade(program):
    return program


def stub(course):
    return course / "exercises/numbers/halve.py"


def write(course, text):
    stub(course).write_text(text, encoding="utf-8")


def test_a_passing_exercise_exits_0_and_says_so(grade, course):
    write(course, RIGHT)
    done = grade("exercise", "halve")
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", "no warnings of libraries"
    assert "4/4" in done.stdout
    assert "Passed." in done.stdout
    assert "Convention followed: rounded down" in done.stdout


def test_a_failing_exercise_exits_1_and_shows_input_expected_and_yours(grade, course):
    write(course, WRONG)
    done = grade("exercise", "halve")
    assert done.returncode == 1, done.stderr
    for word in ("1/4", "input", "X = [", "expected", "yours", "Hint 1: Think.", "grade hint halve"):
        assert word in done.stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert "\x1b" not in done.stdout


def test_a_known_mistake_is_named_with_where_it_shows_and_its_own_hint(grade, course):
    write(course, "def halve(X):\n    return 0.5 * X\n")
    shown = grade("exercise", "halve").stdout
    for word in ("Diagnosis: Not rounded", "Halves remain.", "It shows in: Matches the reference", "Hint: Round."):
        assert word in shown
    assert "Hint 1" not in shown
    for word in ("诊断：没有取整", "留下了二分之一。", "提示：取整。"):
        assert word in grade("exercise", "halve", lang="zh").stdout
    report = json.loads(grade("exercise", "halve", "--format", "json").stdout)
    jsonschema.validate(report, SCHEMA)
    assert report["diagnosis"] == [
        {"id": "not-rounded", "title": "Not rounded", "explanation": "Halves remain.", "hint": "Round.",
         "relation": "alone", "breaks": "matches"}
    ]  # fmt: skip
    assert report["hint"] == {"level": 0, "text": "Round.", "more": True}


def test_the_report_speaks_chinese(grade, course):
    write(course, WRONG)
    done = grade("exercise", "halve", lang="zh")
    for word in ("减半", "输入", "应为", "实际", "提示 1：想一想。"):
        assert word in done.stdout
    assert done.stdout == grade("exercise", "halve", "--lang", "zh", lang="en").stdout


def test_the_untouched_stub_is_told_at_once_without_torch(grade):
    done = grade("exercise", "halve", PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 1
    assert "Not started yet" in done.stdout
    assert "torch" not in {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [(RIGHT, "passed", 0), (WRONG, "failed", 1), (None, "not_started", 1), ("def f(:", "invalid", 1)],
    ids=["passed", "failed", "not_started", "invalid"],
)
def test_json_is_one_object_that_follows_the_schema(grade, course, text, status, code):
    if text is not None:
        write(course, text)
    done = grade("exercise", "halve", "--format", "json")
    assert done.returncode == code, done.stderr
    report = json.loads(done.stdout)
    jsonschema.validate(report, SCHEMA)
    assert (report["status"], report["exercise"], report["max_score"]) == (status, "numbers/halve", 4)


def test_json_has_no_nan(grade, course):
    write(course, "import torch\ndef halve(X):\n    return X * float('nan')\n")
    report = json.loads(grade("exercise", "halve", "--format", "json").stdout, parse_constant=pytest.fail)
    failed = next(property_ for property_ in report["properties"] if property_["id"] == "matches")
    assert failed["actual"]["values"] == ["NaN"]


def test_a_broken_grader_exits_3_and_is_no_verdict_on_the_learner(grade, course):
    write(course, RIGHT)
    properties = course / "tests/numbers/test_halve.py"
    properties.write_text(properties.read_text(encoding="utf-8") + "\nraise RuntimeError('broken')\n", encoding="utf-8")
    done = grade("exercise", "halve")
    assert done.returncode == 3
    assert "The grader failed; this says nothing about your code" in " ".join(done.stdout.split())
    report = json.loads(grade("exercise", "halve", "--format", "json").stdout)
    jsonschema.validate(report, SCHEMA)
    assert report["status"] == "grader_error"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("exercise", "halv"), "did you mean numbers/halve?"),
        (("exercise", "zzz"), "`grade list` shows all of them"),
        (("exercise", "halve", "--submission", "nowhere.py"), "there is no file nowhere.py"),
        (("exercise", "--all", "--submission", "x.py"), "exactly one exercise, got 2"),
        (("exercise", "halve", "--cases", "0"), "0 is not in the range"),
        (("exercize",), "did you mean `grade exercise`?"),
        (("list", "--course", "/"), "there is no course in /"),
        (("hint", "halv"), "did you mean numbers/halve?"),
    ],
)
def test_a_usage_error_exits_2_and_says_what_to_do(grade, words, message):
    done = grade(*words)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [("exercise", "halve"), ("list",), ("hint", "halve"), ()], ids=" ".join)
def test_a_broken_file_of_the_course_is_named_and_exits_3(grade, course, words):
    (course / "exercises/numbers/halve.toml").write_text("title = 3\n", encoding="utf-8")
    done = grade(*words)
    assert done.returncode == 3
    assert "halve.toml is not right" in done.stderr
    assert "Traceback" not in done.stderr


def test_all_grades_everything_and_the_next_is_the_first_unfinished(grade, course):
    write(course, RIGHT)
    several = json.loads(grade("exercise", "--all", "--format", "json").stdout)
    jsonschema.validate(several, SCHEMA)
    assert [report["status"] for report in several["reports"]] == ["passed", "not_started"]
    assert "numbers/counter" in grade("exercise").stdout
    progress = grade().stdout
    assert "1/2" in progress
    assert "Next: Counting" in progress
    assert "✓  halve" in grade("list").stdout


def test_hints_come_one_stage_further_each_time(grade):
    assert "Hint 1 of 2: Think." in grade("hint", "halve").stdout
    assert "Hint 2 of 2: Divide." in grade("hint", "numbers/halve").stdout
    assert "Hint 2 of 2: Divide." in grade("hint", "halve").stdout
    assert grade("hint", "halve", "--all").stdout.count("Hint") == 2


def test_the_hint_that_was_shown_last_stays_in_the_report(grade, course):
    write(course, WRONG)
    grade("hint", "halve")
    grade("hint", "halve")
    assert "Hint 2: Divide." in grade("exercise", "halve").stdout


def test_start_makes_a_folder_without_solutions(grade, course, tmp_path):
    made = grade("start", "mine", "--course", course, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    work = tmp_path / "mine"
    files = sorted(path.relative_to(work).as_posix() for path in work.rglob("*") if path.is_file())
    assert files == [
        ".gitignore",
        ".gradlings/course",
        ".gradlings/stubs/numbers/counter.py",
        ".gradlings/stubs/numbers/halve.py",
        "exercises/course.toml",
        "exercises/numbers/counter.py",
        "exercises/numbers/halve.py",
    ]
    again = grade("start", "mine", "--course", course, cwd=tmp_path)
    assert again.returncode == 2
    assert "nothing was changed" in again.stderr


def test_a_submission_from_elsewhere_is_graded_instead(grade, course, tmp_path):
    path = tmp_path / "mine.py"
    path.write_text(RIGHT, encoding="utf-8")
    assert grade("exercise", "halve", "--submission", path).returncode == 0
    assert "NotImplementedError" in stub(course).read_text(encoding="utf-8")


def test_a_module_called_torch_in_the_folder_harms_nobody(grade, course):
    write(course, RIGHT)
    (course / "torch.py").write_text("raise RuntimeError('not me')\n", encoding="utf-8")
    assert grade("exercise", "halve").returncode == 0


def test_debug_writes_a_script_that_reproduces_the_failure(grade, course):
    write(course, "def halve(X):\n    print('in the file')\n    return X / 2\n")
    done = grade("exercise", "halve", "--debug")
    script = course / "debug_halve.py"
    assert str(script) in done.stdout.replace("\n", "").replace("  ", "")
    ran = subprocess.run([sys.executable, script], capture_output=True, encoding="utf-8", check=True)
    assert "in the file" in ran.stdout
    assert "result_1 = tensor(" in ran.stdout
    assert "# expected: tensor(" in script.read_text(encoding="utf-8")


def test_debug_never_overwrites_a_file_of_the_learners_and_says_so_at_once(grade, course):
    write(course, WRONG)
    (course / "debug_halve.py").write_text("mine\n", encoding="utf-8")
    done = grade("exercise", "halve", "--debug")
    assert (done.returncode, done.stdout) == (2, "")
    assert "debug_halve.py is not a script of ours" in done.stderr
    assert (course / "debug_halve.py").read_text(encoding="utf-8") == "mine\n"


def test_doctor_names_python_torch_sandbox_course_and_cache(grade):
    done = grade("doctor")
    assert done.returncode == 0, done.stdout
    for word in ("Python", "torch", "sandbox", "course", "cache", "2 exercises"):
        assert word in done.stdout


def test_names_are_completed_by_the_shell(grade):
    done = grade(_GRADE_COMPLETE="bash_complete", COMP_WORDS="grade exercise ha", COMP_CWORD="2")
    assert "halve" in done.stdout


def test_a_read_only_folder_remembers_nothing_and_fails_nothing(grade, course):
    write(course, RIGHT)
    (course / ".gradlings").write_text("in the way", encoding="utf-8")
    assert grade("exercise", "halve").returncode == 0


def test_help_is_in_the_readers_language(grade):
    assert "Grade exercises" in grade("exercise", "--help").stdout
    assert "为指定的练习评分" in grade("exercise", "--help", lang="zh").stdout
