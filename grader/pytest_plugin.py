"""Makes properties run under plain pytest: fixtures `reference` and `submission`, and the option --submission.

`pytest tests/attention` tries every property on the reference itself; `pytest tests/attention/test_x.py --submission
my_x.py` asks a session for the verdict on a file, which is that of `grade`, and tells it test by test.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from grader.course import Exercise
    from grader.kit.modules import Module
    from grader.report.model import PropertyReport, Report


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --submission and --companions."""
    parser.addoption("--submission", type=Path, help="a file to try the properties on, instead of the reference")
    parser.addoption("--companions", type=Path, help="the same person's other exercises, as TRACK/NAME.py")


def pytest_configure() -> None:
    """One thread, as in a judge and its workers: more of them thrash a busy machine, and round differently."""
    os.environ.setdefault("OMP_NUM_THREADS", "1")


class GraderFailed(Exception):
    """The grader failed on a submission: an error, and no failure of it."""


@pytest.fixture(scope="module")
def exercise(request: pytest.FixtureRequest) -> Exercise:
    """The exercise that the test module belongs to."""
    from grader.course import open_course

    path = request.path
    return open_course(path.parents[2]).find(f"{path.parent.name}/{path.stem.removeprefix('test_')}")


@pytest.fixture(scope="module")
def reference(request: pytest.FixtureRequest, exercise: Exercise) -> Module | None:
    """The reference solution, in this process; nothing where a file is graded."""
    return None if request.config.getoption("--submission") else _reference(exercise)


@pytest.fixture(scope="module")
def submission(request: pytest.FixtureRequest, exercise: Exercise) -> Module | Report:
    """The reference in the submission's place, or the report on the file given with --submission."""
    path: Path | None = request.config.getoption("--submission")
    if path is None:
        return _reference(exercise)
    from grader.course import open_course
    from grader.session import Session
    from grader.text import language

    with Session(open_course(exercise.root), lang=language()) as session:
        report = session.grade_file(exercise, path, companions=request.config.getoption("--companions")).report
    if report.status == "grader_error":
        raise GraderFailed(report.problem)
    return report


def _reference(exercise: Exercise) -> Module:
    from grader.judge.bank import loading
    from grader.kit.modules import Module

    return Module(loading.reference(exercise).channel())


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """With --submission, a property's test tells what the report says of it."""
    if not pyfuncitem.config.getoption("--submission") or not hasattr(pyfuncitem.function, "given"):
        return None
    report: Any = pyfuncitem.funcargs["submission"]
    if report.problem is not None:
        pytest.fail(f"{report.status}: {report.problem}\n{report.traceback}".rstrip(), pytrace=False)
    found = next(result for result in report.properties if f"test_{result.id}" == pyfuncitem.originalname)
    if found.status != "passed":
        pytest.fail(_told(found), pytrace=False)
    return True


def _told(found: PropertyReport) -> str:
    """What there is to say of a property that was not passed."""
    from grader.report.numbers import value_lines

    lines = [f"{found.status}: {found.message}"]
    shown = {**(found.counterexample or {}), "expected": found.expected, "yours": found.actual}
    for name, value in shown.items():
        if value is not None:
            lines += [
                f"{name} = {line}" if number == 0 else f"    {line}" for number, line in enumerate(value_lines(value))
            ]
    lines += [text for text in (found.traceback, found.prints) if text]
    return "\n".join(lines)
