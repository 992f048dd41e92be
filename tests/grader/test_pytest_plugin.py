"""pytest is a front end: what it says of a submission is what `grade` says of it."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

RIGHT = "import torch\ndef halve(X):\n    return torch.floor(X / 2)\n"


@pytest.fixture
def tried(mini, tmp_path):
    """Runs pytest on the properties of an exercise; the outcome of each."""

    def run(*options, exercise="halve"):
        environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "GRADE_LANG": "en"}
        environment.pop("OMP_NUM_THREADS", None)
        command = [sys.executable, "-m", "pytest", "-p", "grader.pytest_plugin", "-p", "no:cacheprovider", "-rA", "-q",
                   f"tests/numbers/test_{exercise}.py", *map(str, options)]  # fmt: skip
        done = subprocess.run(command, cwd=mini, env=environment, capture_output=True, encoding="utf-8", check=False)
        lines = [line.split(" - ")[0].split() for line in done.stdout.splitlines()]
        outcomes = {
            words[1].partition("::test_")[2]: words[0]
            for words in lines
            if len(words) == 2 and words[0] in ("PASSED", "FAILED", "ERROR", "SKIPPED")
        }
        return done, outcomes

    return run


@pytest.fixture
def both(tried, program, tmp_path):
    """pytest and grade on one text."""

    def run(source):
        path = tmp_path / "mine.py"
        path.write_text(source, encoding="utf-8")
        done, outcomes = tried("--submission", path)
        report = json.loads(program("exercise", "halve", "--submission", path, "--format", "json").stdout)
        assert {name for name, outcome in outcomes.items() if outcome == "PASSED"} == {
            result["id"] for result in report["properties"] if result["status"] == "passed"
        }, done.stdout
        statuses = {result["status"] for result in report["properties"]}
        assert (done.returncode == 0) == (statuses == {"passed"})
        return done, report

    return run


def test_the_reference_holds(tried):
    done, outcomes = tried()
    assert done.returncode == 0, done.stdout
    assert outcomes == {"shape": "PASSED", "matches": "PASSED", "leaves_x_alone": "PASSED"}


@pytest.mark.parametrize(
    "source",
    [
        RIGHT,
        "from scipy.optimize import linear_sum_assignment\n" + RIGHT,
        "from torch.optim import SGD\n"
        + RIGHT
        + "optimizer = SGD([torch.nn.Parameter(torch.ones(1))], lr=0.1)\noptimizer.step()\n",
        RIGHT.replace("floor", "ceil"),
    ],
    ids=["right", "scipy", "torch's own optimizers", "another convention"],
)
def test_what_is_right_for_grade_is_right_here(both, source):
    done, report = both(source)
    assert (report["status"], done.returncode) == ("passed", 0)


@pytest.mark.parametrize(
    ("source", "says"),
    [
        ("def halve(X):\n    return X / 2 + 1\n", "first differs at"),
        ("def halve(X):\n    raise NotImplementedError\n", "not_started: nothing in it is written yet"),
        ("def halve(X):\n    return X[:0]\n", "has shape (0,)"),
        ("x = 1\n", "invalid: "),
        ("x = 1\n", "does not define halve"),
        ("import torch\nf = torch.nn.functional.scaled_dot_product_attention\n" + RIGHT, "line 2 uses"),
        ("def halve(X:\n", "is not valid Python"),
        ("import os\ndef halve(X):\n    os._exit(0)\n", "crashed: the process ended itself"),
    ],
    ids=["wrong", "unwritten", "shape", "invalid", "missing", "forbidden", "syntax", "crash"],
)
def test_what_is_wrong_for_grade_is_wrong_here_in_the_same_words(both, source, says):
    done, _ = both(source)
    assert done.returncode == 1
    assert says in done.stdout


def test_a_grader_that_fails_is_an_error_and_no_failure(tried, mini, tmp_path):
    properties = mini / "tests/numbers/test_halve.py"
    text = properties.read_text(encoding="utf-8").replace(
        "@given(case=cases)", "@given(case=cases.map(lambda c: c.nothing))"
    )
    properties.write_text(text, encoding="utf-8")
    path = tmp_path / "mine.py"
    path.write_text(RIGHT, encoding="utf-8")
    done, outcomes = tried("--submission", path)
    assert set(outcomes.values()) == {"ERROR"}
    assert "GraderFailed" in done.stdout
    assert "the strategy of" in done.stdout


def test_companions_are_named(tried, mini, tmp_path):
    student = tmp_path / "li/numbers"
    student.mkdir(parents=True)
    (student / "halve.py").write_text(RIGHT)
    source = (mini / "solutions/numbers/counter.py").read_text(encoding="utf-8")
    (tmp_path / "counter.py").write_text("from exercises.numbers.halve import halve\n" + source)
    done, _ = tried("--submission", tmp_path / "counter.py", exercise="counter")
    assert "needs your halve" in done.stdout
    done, _ = tried("--submission", tmp_path / "counter.py", "--companions", tmp_path / "li", exercise="counter")
    assert done.returncode == 0, done.stdout


def test_it_computes_with_one_thread(tried, mini):
    properties = mini / "tests/numbers/test_halve.py"
    text = properties.read_text(encoding="utf-8")
    properties.write_text(text + "\n\ndef test_threads():\n    import torch\n    assert torch.get_num_threads() == 1\n")
    done, outcomes = tried()
    assert outcomes["threads"] == "PASSED", done.stdout
