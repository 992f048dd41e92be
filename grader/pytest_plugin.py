"""Makes properties run under plain pytest: fixtures `reference` and `submission`, and the option --submission.

`pytest tests/attention` tries every property on the reference itself; `pytest tests/attention/test_x.py --submission
my_x.py` tries them on a file, which runs in a locked-in worker as it would under `grade`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from grader import wire
from grader.judge.workers.forking import ForkServer

if TYPE_CHECKING:
    from grader.course import Exercise
    from grader.kit.modules import Module

_server: list[ForkServer] = []


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add --submission."""
    parser.addoption("--submission", type=Path, help="a file to try the properties on, instead of the reference")


def pytest_configure(config: pytest.Config) -> None:
    """Fork the fork server before any test module (which may import Hypothesis or a solution) is collected."""
    if config.getoption("--submission"):
        _server.append(ForkServer.start())


def pytest_unconfigure() -> None:
    """End the fork server."""
    while _server:
        _server.pop().stop()


@pytest.fixture(scope="module")
def exercise(request: pytest.FixtureRequest) -> Exercise:
    """The exercise that the test module belongs to."""
    from grader.course import open_course

    path = request.path
    return open_course(path.parents[2]).find(f"{path.parent.name}/{path.stem.removeprefix('test_')}")


@pytest.fixture(scope="module")
def reference(exercise: Exercise) -> Module:
    """The reference solution, in this process."""
    from grader.judge.bank import loading
    from grader.kit.modules import Module

    return Module(loading.reference(exercise).channel())


@pytest.fixture(scope="module")
def submission(request: pytest.FixtureRequest, exercise: Exercise) -> Iterator[Module]:
    """The file given with --submission, in a worker; without one, the reference."""
    from grader.course import open_course
    from grader.judge.bank import loading
    from grader.judge.entry.companions import prerequisites
    from grader.judge.entry.submission import parse, read_submission
    from grader.judge.workers.channels import WorkerChannel
    from grader.judge.workers.deadlines import Budget
    from grader.judge.workers.worker import Worker
    from grader.kit.modules import Module
    from grader.worker.sandbox import readable_paths

    path: Path | None = request.config.getoption("--submission")
    if path is None:
        yield Module(loading.reference(exercise).channel())
        return
    submitted = read_submission(path)
    course = open_course(exercise.root)
    needed = prerequisites(course, exercise, submitted, parse(submitted), course.root / "exercises")
    companions = [wire.Companion(one.module, str(one.submission.path), one.submission.source) for one in needed]
    guarded = [rule.name for rule in exercise.about.forbidden]
    load = wire.Load(submitted.source, str(path), list(exercise.required), guarded, companions)
    readable = readable_paths([exercise.hidden / "solutions", exercise.hidden / "tests"])
    worker = Worker(_server[0], readable, Budget(exercise.about.limits), load)
    try:
        loaded = worker.start()
        if isinstance(loaded, wire.Raised):
            pytest.fail(f"{path} does not load: {loaded.bases[0]}: {loaded.message}")
        yield Module(WorkerChannel(worker, 0))
    finally:
        worker.end()
