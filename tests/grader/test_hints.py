"""A hint belongs to the property that fails first; seeing one is remembered for that property alone."""

import pytest

BOUND = """
[[hints]]
en = "About the shape."
zh = "关于形状。"
property = "shape"

[[hints]]
en = "About the numbers."
zh = "关于数值。"
property = ["matches", "leaves_x_alone"]

[[hints]]
en = "Nearly the code."
zh = "几乎就是代码。"
property = "matches"

[limits]
"""
WRONG_SHAPE = "def halve(X):\n    return X[:0]\n"
WRONG_NUMBERS = "def halve(X):\n    return X * 3\n"


@pytest.fixture
def bound(mini):
    about = mini / "exercises/numbers/halve.toml"
    head, _, tail = about.read_text(encoding="utf-8").partition("[[hints]]")
    about.write_text(head + BOUND + tail.partition("[limits]")[2], encoding="utf-8")
    return mini


def write(course, text):
    (course / "exercises/numbers/halve.py").write_text(text, encoding="utf-8")


def test_the_hint_is_about_what_fails_first(program, bound):
    write(bound, WRONG_SHAPE)
    assert "Hint 1: About the shape." in program("exercise", "halve").stdout
    write(bound, WRONG_NUMBERS)
    assert "Hint 1: About the numbers." in program("exercise", "halve").stdout


def test_each_failing_property_has_stages_of_its_own(program, bound):
    write(bound, WRONG_NUMBERS)
    program("exercise", "halve")
    assert "Hint 1 of 2: About the numbers." in program("hint", "halve").stdout
    assert "Hint 2 of 2: Nearly the code." in program("hint", "halve").stdout
    shown = program("exercise", "halve").stdout
    assert "Hint 2: Nearly the code." in shown
    assert "grade hint" not in shown, "there is nothing more to be had"
    write(bound, WRONG_SHAPE)
    shown = program("exercise", "halve").stdout
    assert "Hint 1: About the shape." in shown
    assert "Hint 1 of 1: About the shape." in program("hint", "halve").stdout


def test_what_never_ends_is_shown_where_it_was_and_no_hint_about_something_else(program, bound):
    write(bound, "def halve(X):\n    while True:\n        X = X + 1\n")
    shown = program("exercise", "halve", "--cases", "5").stdout
    assert "timed out" in shown
    assert "in halve" in shown
    assert "Hint" not in shown
    assert "grade hint" not in shown


def test_before_any_attempt_all_stages_are_had(program, bound):
    assert "Hint 1 of 3: About the shape." in program("hint", "halve").stdout


def test_a_hint_for_a_property_that_is_not_there_falls_short(program, bound):
    about = bound / "exercises/numbers/halve.toml"
    about.write_text(about.read_text(encoding="utf-8").replace('"shape"', '"shapes"'), encoding="utf-8")
    shown = program("author", "check", "halve", "--seeds", "1", "--mutants", "1").stdout
    assert "every property that a hint is bound to exists" in shown
    assert "shapes" in shown
