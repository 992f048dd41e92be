"""Exercises that import earlier ones get the learner's own files, never solutions."""

import subprocess
import sys
import textwrap

import pytest

from grader.course import open_course
from grader.judge.grading import Grader

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
    folder = tmp_path / "handed-in"
    folder.mkdir()

    def write(name, text):
        path = folder / f"{name}.py"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    return write


@pytest.fixture
def grade(server, mini):
    course = open_course(mini)

    def run(path, **options):
        return Grader(server, course, course.find("counter"), seed=0, cases=10, cache=None).grade(path, **options)

    return run


def standing(result):
    return [(one.exercise, one.status) for one in result.prerequisites]


def test_the_file_beside_the_submission_comes_first(grade, mini, handed_in):
    (mini / "exercises/numbers/halve.py").write_text("def halve(X):\n    return X * 0\n")
    beside = handed_in("halve", HALVE)
    result = grade(handed_in("counter", COUNTER))
    assert (result.status, standing(result)) == ("passed", [("numbers/halve", "passed")])
    assert result.prerequisites[0].path == str(beside)


def test_then_that_of_the_workspace(grade, mini, handed_in):
    (mini / "exercises/numbers/halve.py").write_text(HALVE)
    result = grade(handed_in("counter", COUNTER))
    assert (result.status, standing(result)) == ("passed", [("numbers/halve", "passed")])


def test_a_solution_is_never_imported(grade, handed_in):
    result = grade(handed_in("counter", COUNTER))  # the workspace has the untouched stub, the course a solution
    assert (result.status, result.score) == ("failed", 0)
    assert standing(result) == [("numbers/halve", "not_started")]


def test_what_does_not_need_the_missing_part_is_graded_all_the_same(grade, handed_in):
    independent = COUNTER.replace("two = halve(torch.tensor([2.0, 4.0]))", "two = [1]")
    result = grade(handed_in("counter", independent))
    assert (result.status, standing(result)) == ("passed", [("numbers/halve", "not_started")])


def test_a_wrong_part_is_named_as_failing(grade, handed_in):
    handed_in("halve", "def halve(X):\n    return X\n")
    result = grade(handed_in("counter", COUNTER))
    assert (result.status, standing(result)) == ("failed", [("numbers/halve", "failed")])


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


def test_a_part_that_is_not_there_is_said(grade, mini, handed_in):
    (mini / "exercises/numbers/halve.py").unlink()
    (mini / "exercises/numbers/halve.py").mkdir()
    result = grade(handed_in("counter", COUNTER))
    assert result.status == "invalid"
    assert "numbers/halve" in result.problem["en"]


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
    course = open_course(mini)
    grader = Grader(server, course, course.find("counter"), seed=0, cases=10, cache=None)
    assert grader.grade_text(solution.read_text(encoding="utf-8")).status == "passed"


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
    """Which exercises were graded, in order."""
    names, grade = [], Grader.grade

    def watched(self, path, **options):
        names.append(self.exercise.name)
        return grade(self, path, **options)

    monkeypatch.setattr(Grader, "grade", watched)
    return names


def test_a_part_that_passed_is_not_graded_again_until_it_changes(server, mini, handed_in, tmp_path, graded):
    course = open_course(mini)
    path, part = handed_in("counter", COUNTER), handed_in("halve", HALVE)

    def standing_now():
        grader = Grader(server, course, course.find("counter"), seed=0, cases=10, cache=tmp_path / "cache")
        graded.clear()
        return [*standing(grader.grade(path)), *graded]

    assert standing_now() == [("numbers/halve", "passed"), "counter", "halve"]
    assert standing_now() == [("numbers/halve", "passed"), "counter"]
    part.write_text(HALVE.replace("floor", "square"))
    assert standing_now() == [("numbers/halve", "failed"), "counter", "halve"]
    assert standing_now() == [("numbers/halve", "failed"), "counter", "halve"]


def test_a_part_that_passed_by_itself_is_known(server, mini, handed_in, tmp_path, graded):
    course, cache = open_course(mini), tmp_path / "cache"
    part = handed_in("halve", HALVE)
    Grader(server, course, course.find("halve"), seed=0, cases=10, cache=cache).grade(part)
    graded.clear()
    result = Grader(server, course, course.find("counter"), seed=0, cases=10, cache=cache).grade(
        handed_in("counter", COUNTER)
    )
    assert [*standing(result), *graded] == [("numbers/halve", "passed"), "counter"]
