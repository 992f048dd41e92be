"""What `grader.kit` offers: every name is there, and tried by a test beside this one."""

import re
from pathlib import Path

import pytest

import grader.kit

TESTS = {path.name: path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("*.py")}
IMPORTED = {
    name
    for text in TESTS.values()
    for names in re.findall(r"^from grader\.kit import (\([^)]*\)|.*)$", text, re.MULTILINE)
    for name in re.findall(r"\w+", names)
}


@pytest.mark.parametrize("name", grader.kit.__all__)
def test_a_public_name_is_there_and_has_a_test(name):
    assert getattr(grader.kit, name).__doc__
    assert name in IMPORTED


def test_public_names_are_said_once_in_order():
    names = grader.kit.__all__
    assert names == sorted(set(names), key=lambda name: (not name.isupper(), not name[0].isupper(), name))
