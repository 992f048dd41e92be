"""The attacked world as fixtures; every attack is followed by the checks that hold for all of them."""

import sys
from pathlib import Path

import pytest
from verdicts import safe
from world import SUBMISSIONS, World

from grader.worker import sandbox


@pytest.hookimpl(tryfirst=True)  # before `-m` looks at marks
def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.slow)
            if sys.platform != "linux":
                item.add_marker(pytest.mark.skip(reason="attacks need Linux: there is no sandbox elsewhere"))


@pytest.fixture(scope="session")
def session_world(tmp_path_factory):
    world = World(tmp_path_factory.mktemp("world"))
    yield world
    world.close()


@pytest.fixture
def world(session_world):
    """The world, which must be the same after the test."""
    yield session_world
    session_world.check()


@pytest.fixture
def grade(world, tmp_path):
    """Run an attack; the checks that hold for every one of them."""

    def run(attack, *options):
        source = (SUBMISSIONS / f"{attack.file}.py").read_text(encoding="utf-8")
        path = tmp_path / f"{attack.file}.py"
        path.write_text(world.fill(source, attack.fill), encoding="utf-8")
        return safe(world.run(path, *options, course=attack.course))

    return run


@pytest.fixture(scope="session")
def full_sandbox():
    """Skip, and say why, where the kernel offers less than the whole sandbox."""
    offered = sandbox.support()
    if offered.tier != "full":
        pytest.skip(
            f"this machine offers the sandbox's tier {offered.tier!r} only: {'; '.join(map(str, offered.reasons))}"
        )
