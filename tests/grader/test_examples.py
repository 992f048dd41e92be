"""Examples run: those in docstrings, and those that a stub asks the learner to try by hand (on the reference)."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import grader
from grader.course import open_course
from grader.judge.bank import loading
from grader.judge.proof.facts import wrong_examples

ROOT = Path(__file__).parents[2]
COURSE = open_course(ROOT)
MODULES = [found.name for found in pkgutil.walk_packages(grader.__path__, "grader.") if "__main__" not in found.name]
OPTIONS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.mark.parametrize("name", [name for name in MODULES if "demo_files" not in name and "_course" not in name])
def test_the_examples_of_a_module_run(name):
    assert doctest.testmod(importlib.import_module(name), optionflags=OPTIONS).failed == 0


@pytest.mark.parametrize("exercise", COURSE.exercises, ids=lambda exercise: exercise.id)
def test_the_examples_of_a_stub_hold_for_the_reference(exercise):
    assert wrong_examples(exercise, loading.reference(exercise).module) == ""


def test_the_demo_grades_the_stub_that_is_shipped():
    shipped = ROOT / "grader/cli/demo_files/stub.py"
    stub = COURSE.find("masked_softmax").stub
    assert shipped.read_text(encoding="utf-8") == stub.read_text(encoding="utf-8")
