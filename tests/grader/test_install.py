"""`pip install -e .` makes `grader` importable, and nothing else of the checkout."""

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def installed_here():
    """Whether this Python has an editable install of this very checkout."""
    try:
        origin = importlib.metadata.distribution("gradlings").read_text("direct_url.json")
    except importlib.metadata.PackageNotFoundError:
        return False
    found = json.loads(origin or "{}")
    return found.get("url") == ROOT.as_uri() and found.get("dir_info", {}).get("editable", False)


pytestmark = pytest.mark.skipif(not installed_here(), reason="this checkout is not installed with pip install -e")


def python(*words, cwd):
    """What Python prints that is started in a folder, as a learner would start it."""
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    clean |= {"XDG_CACHE_HOME": str(cwd / "cache"), "XDG_DATA_HOME": str(cwd / "data")}
    done = subprocess.run(
        [sys.executable, *map(str, words)], cwd=cwd, env=clean, capture_output=True, encoding="utf-8", check=True
    )
    return done.stdout.strip()


FOUND = "import importlib.util; print([name for name in {names} if importlib.util.find_spec(name)])"


@pytest.fixture
def workspace(tmp_path):
    python("-m", "grader", "start", "my-course", cwd=tmp_path)
    return tmp_path / "my-course"


def test_elsewhere_nothing_but_the_package_is_importable(tmp_path):
    names = ["exercises", "solutions", "tests", "grader", "grader.judge.bank"]
    assert python("-c", FOUND.format(names=names), cwd=tmp_path) == "['grader', 'grader.judge.bank']"


def test_the_package_is_that_of_the_checkout(tmp_path):
    shown = python("-c", "import grader; print(grader.__file__, *grader.__path__)", cwd=tmp_path)
    assert shown.split() == [str(ROOT / "grader/__init__.py"), str(ROOT / "grader")]


def test_in_a_workspace_the_learners_files_are_imported(workspace):
    show = "import exercises.attention.masked_softmax as module; print(module.__file__)"
    assert python("-c", show, cwd=workspace) == str(workspace / "exercises/attention/masked_softmax.py")
    assert python("-c", FOUND.format(names=["solutions", "tests"]), cwd=workspace) == "[]"


def test_a_file_run_as_a_script_finds_no_stubs_of_the_checkout(workspace):
    path = workspace / "exercises/attention/x.py"
    path.write_text(FOUND.format(names=["exercises", "solutions", "tests"]))
    assert python(path, cwd=workspace) == "[]"


def test_no_copy_of_the_course_lies_where_workers_may_read():
    installed = importlib.metadata.distribution("gradlings")
    assert [str(path) for path in installed.files or () if "_course" in path.parts] == []
