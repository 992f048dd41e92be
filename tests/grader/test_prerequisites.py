"""Exercises that import earlier ones get the learner's own files, never solutions."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from judging import Judging

from grader.course import open_course
from grader.judge import grading

STUB = "def halve(X):\n    raise NotImplementedError\n"
HALVE = "import torch\ndef halve(X):\n    return torch.floor(X / 2)\n"
COUNTER = """
    import torch
    from exercises.numbers.halve import halve

    class Counter:
        def __init__(self, start):
            self.value = start
        def up(self):
            two = halve(torch.tensor([2.0, 4.0]))
            self.value += int(two[0])
            return self.value
"""


@pytest.fixture
def handed_in(tmp_path):
    """Writes a file into the tree of one learner."""
    folder = tmp_path / "handed-in/li/exercises/numbers"
    folder.mkdir(parents=True)

    def write(name, text, folder=folder):
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.py"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write


@pytest.fixture
def grade(server, mini):
    course = open_course(mini)

    def run(path, **options):
        return Judging(server, course, "counter", cases=10).grade(path, **options)

    return run


def standings(result):
    return [(standing.exercise, standing.status) for standing in result.prerequisites]


def test_what_it_imports_is_the_same_learners_file(grade, mini, handed_in):
    (mini / "exercises/numbers/halve.py").write_text("def halve(X):\n    return X * 0\n")
    part = handed_in("halve", HALVE)
    result = grade(handed_in("counter", COUNTER))
    assert (result.status, standings(result)) == ("passed", [("numbers/halve", "passed")])
    assert result.prerequisites[0].path == str(part)


def test_a_tree_may_lie_beside_the_file_or_be_named(grade, handed_in, tmp_path):
    handed_in("halve", HALVE)
    student = tmp_path / "handed-in/li"
    assert grade(handed_in("counter", COUNTER, student)).status == "passed"
    elsewhere = handed_in("counter", COUNTER, tmp_path / "elsewhere")
    assert grade(elsewhere).status == "invalid"
    assert grade(elsewhere, tree=student).status == "passed"
    assert grade(elsewhere, tree=student / "exercises").status == "passed"


def test_a_neighbours_file_in_a_flat_folder_is_never_taken(grade, handed_in, tmp_path):
    flat = tmp_path / "downloads"
    handed_in("halve", HALVE, flat)
    result = grade(handed_in("counter", COUNTER, flat))
    assert result.status == "invalid"
    assert "needs your halve (numbers/halve)" in result.problem["en"]


def test_the_teachers_own_work_is_never_taken(grade, mini, handed_in):
    (mini / "exercises/numbers/halve.py").write_text(HALVE)
    for folder in (mini, mini / "downloads", mini / "exercises"):
        assert grade(handed_in("li_counter", COUNTER, folder)).status == "invalid"


def test_a_link_to_a_folder_is_not_followed(grade, mini, handed_in, tmp_path):
    student = tmp_path / "wang"
    path = handed_in("counter", COUNTER, student)
    (student / "exercises").mkdir()
    (student / "exercises/numbers").symlink_to(mini / "solutions/numbers")
    assert "needs your halve" in grade(path).problem["en"]


def test_a_solution_is_never_imported(grade, handed_in):
    handed_in("halve", STUB)
    result = grade(handed_in("counter", COUNTER))
    assert (result.status, result.score) == ("failed", 0)
    assert standings(result) == [("numbers/halve", "not_started")]


def test_what_does_not_need_the_missing_part_is_graded_all_the_same(grade, handed_in):
    handed_in("halve", STUB)
    independent = COUNTER.replace("two = halve(torch.tensor([2.0, 4.0]))", "two = [1]")
    result = grade(handed_in("counter", independent))
    assert (result.status, standings(result)) == ("passed", [("numbers/halve", "not_started")])


def test_a_wrong_part_is_named_as_failing(grade, handed_in):
    handed_in("halve", "def halve(X):\n    return X\n")
    result = grade(handed_in("counter", COUNTER))
    assert (result.status, standings(result)) == ("failed", [("numbers/halve", "failed")])


@pytest.mark.parametrize(
    ("halve", "says"),
    [
        (
            "import torch\nfrom exercises.numbers.counter import Counter\n",
            "circle: numbers/counter → numbers/halve → numbers/counter",
        ),
        ("def halve(X:\n", "is not valid Python"),
        ("def other(X):\n    return X\n", "cannot import name 'halve'"),
        ("raise ValueError('boom')\n", "ValueError: boom"),
    ],
)
def test_a_part_that_cannot_be_imported_is_said(grade, handed_in, halve, says):
    handed_in("halve", halve)
    result = grade(handed_in("counter", COUNTER))
    assert result.status == "invalid"
    assert says in result.problem["en"]


def test_a_part_that_is_not_there_is_said(grade, handed_in):
    path = handed_in("counter", COUNTER)
    (path.parent / "halve.py").mkdir()
    result = grade(path)
    assert result.status == "invalid"
    assert "needs your halve (numbers/halve), which it imports; hand it in too" in result.problem["en"]


def test_a_symbolic_link_beside_the_submission_is_not_followed(grade, mini, handed_in):
    path = handed_in("counter", COUNTER)
    (path.parent / "halve.py").symlink_to(mini / "solutions/numbers/halve.py")
    result = grade(path)
    assert result.status == "invalid"
    assert "symbolic link" in result.problem["en"]


def test_a_reference_may_import_another_reference(grade, server, mini, handed_in):
    solution = mini / "solutions/numbers/counter.py"
    solution.write_text(textwrap.dedent(COUNTER), encoding="utf-8")
    handed_in("halve", HALVE)
    assert grade(handed_in("counter", COUNTER)).status == "passed"
    assert grade(solution.read_text(encoding="utf-8"), references=True).status == "passed"
    assert grade(solution).status == "passed"  # a reference that is handed in goes with references


def test_an_error_in_a_part_shows_the_lines_of_both_files(grade, handed_in):
    handed_in("halve", "def halve(X):\n    return X.halved()\n")
    result = grade(handed_in("counter", COUNTER))
    shown = next(each.failure.traceback["en"] for each in result.properties if each.failure and each.failure.traceback)
    assert "in up\n    two = halve(" in shown
    assert "halve.py, line 2, in halve\n    return X.halved()" in shown


def test_a_part_that_fails_is_no_reason_for_anything_where_nothing_fails(program, mini, handed_in):
    handed_in("halve", "def halve(X):\n    return X\n")
    independent = COUNTER.replace("two = halve(torch.tensor([2.0, 4.0]))", "two = [1]")
    shown = program("exercise", "counter", "--submission", handed_in("counter", independent)).stdout
    assert "It imports Halving" in shown
    assert "may come from it" not in shown


def test_the_report_names_it_first(program, mini, handed_in):
    handed_in("halve", "def halve(X):\n    return X\n")
    shown = program("exercise", "counter", "--submission", handed_in("counter", COUNTER)).stdout
    assert "It imports Halving" in shown
    assert shown.index("It imports Halving") < shown.index("Counts")
    assert "grade exercise halve" in shown


def test_a_debug_script_loads_what_the_submission_imports(program, mini, handed_in):
    handed_in("halve", HALVE.replace("X / 2", "X"))
    done = program("exercise", "counter", "--submission", handed_in("counter", COUNTER), "--debug")
    assert done.returncode == 1, done.stderr
    ran = subprocess.run(
        [sys.executable, mini / "debug_counter.py"], cwd=mini, capture_output=True, encoding="utf-8", check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "result_" in ran.stdout


@pytest.fixture
def graded(monkeypatch):
    """Which earlier exercises were graded, in order."""
    names, grade = [], grading.grade

    def watched(loaded, *args, **options):
        names.append(loaded.exercise.name)
        return grade(loaded, *args, **options)

    monkeypatch.setattr(grading, "grade", watched)
    return names


def test_a_part_that_passed_is_not_graded_again_until_it_changes(server, mini, handed_in, tmp_path, graded):
    course = open_course(mini)
    path, part = handed_in("counter", COUNTER), handed_in("halve", HALVE)

    def standings_now():
        judging = Judging(server, course, "counter", cases=10, cache=tmp_path / "cache")
        graded.clear()
        return [*standings(judging.grade(path)), *graded]

    assert standings_now() == [("numbers/halve", "passed"), "halve"]
    assert standings_now() == [("numbers/halve", "passed")]
    part.write_text(HALVE.replace("floor", "square"))
    assert standings_now() == [("numbers/halve", "failed"), "halve"]
    assert standings_now() == [("numbers/halve", "failed"), "halve"]


def test_a_part_that_passed_by_itself_is_known(server, mini, handed_in, tmp_path, graded):
    course, cache = open_course(mini), tmp_path / "cache"
    Judging(server, course, "halve", cases=10, cache=cache).grade(handed_in("halve", HALVE))
    graded.clear()
    result = Judging(server, course, "counter", cases=10, cache=cache).grade(handed_in("counter", COUNTER))
    assert [*standings(result), *graded] == [("numbers/halve", "passed")]


@pytest.mark.parametrize(
    "line", ["from exercises.numbers.halve import halve", "import exercises.numbers.halve as own\nhalve = own.halve"]
)
def test_a_reference_imports_another_in_either_way(line):
    from grader.judge.bank.loading import Reference

    solutions = Path(__file__).with_name("mini_course") / "solutions"
    assert callable(Reference("x", line, "x.py", solutions).module.halve)
