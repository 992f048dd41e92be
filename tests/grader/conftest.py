"""One fork server for all tests of the engine."""

from pathlib import Path

import pytest

from grader.course import open_course
from grader.judge.forking import ForkServer

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def server():
    server = ForkServer.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def course():
    return open_course(ROOT)
