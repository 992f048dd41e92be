"""One fork server for all tests of the engine."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grader.course import open_course
from grader.judge.workers.forking import ForkServer

ROOT = Path(__file__).parents[2]

if hasattr(signal, "SIGHUP"):  # under nohup it is ignored, and so it would be by every program that tests start
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


@pytest.fixture(scope="session")
def server():
    server = ForkServer.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def course():
    return open_course(ROOT)


@pytest.fixture
def mini(tmp_path):
    """A copy of the miniature course."""
    root = tmp_path / "course"
    shutil.copytree(
        Path(__file__).parent / "mini_course", root, ignore=shutil.ignore_patterns(".gradlings", "__pycache__")
    )
    return root


def _without_privileges():
    """In the child: root loses the capabilities that let it pass over permissions, as if it were anybody."""
    if os.geteuid() == 0:
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            ctypes.CDLL(None).prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP: gone at the next exec


@pytest.fixture
def another(mini):
    """Makes another exercise of the miniature course's `halve`."""

    def write(stub, solution, properties):
        for path, text in {
            "exercises/numbers/halve.py": stub,
            "solutions/numbers/halve.py": solution,
            "solutions/numbers/halve.toml": "",
            "tests/numbers/test_halve.py": properties,
        }.items():
            (mini / path).write_text(text, encoding="utf-8")

    return write


@pytest.fixture
def program(mini, tmp_path):
    """Runs the real program, by default in the miniature course; `ordinary`: held to file permissions, root or not."""

    def run(
        *words, cwd=mini, lang="en", start=("-P", "-m", "grader"), encoding="utf-8", ordinary=False, pass_fds=(),
        **environment,
    ):  # fmt: skip
        clean = {name: value for name, value in os.environ.items() if name not in ("GRADE_LANG", "COLUMNS")}
        clean |= {
            "XDG_CACHE_HOME": str(tmp_path / "cache"),
            "XDG_DATA_HOME": str(tmp_path / "data"),
            "GRADE_LANG": lang,
        }
        command = [sys.executable, *start, *map(os.fspath, words)]
        return subprocess.run(
            command, cwd=cwd, env=clean | environment, capture_output=True, encoding=encoding, check=False,
            preexec_fn=_without_privileges if ordinary else None, pass_fds=pass_fds,
        )  # fmt: skip

    return run
