"""Reports fit in 80 columns, show numbers that can be compared, and let nothing of a submission's move the cursor."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from grader.judge.results import Failure, GradeResult, PropertyResult
from grader.report.model import build, escaped
from grader.report.numbers import value_lines
from grader.report.text import render

TITLE = {
    "en": "A title that is long enough to need more than one line in a report of eighty columns",
    "zh": "标题" * 45,
}
VALUE = {"dtype": "float64", "shape": [3, 4, 5], "values": [[[0.123456789] * 5] * 4] * 3}


def result(**failure):
    text = {"en": "the result first differs " * 8, "zh": "结果最先在此处不同" * 10}
    shown = Failure(text, counterexample={"X": VALUE, "n": 3}, expected=VALUE, actual=[VALUE, 1.0], **failure)
    first = PropertyResult("first", TITLE, "failed", 0.0, 3.0, star=False, failure=shown)
    star = PropertyResult("star", TITLE, "passed", 0.0, 0.0, star=True)
    return GradeResult("numbers/halve", "failed", 0, "full", "x.py", "", 3.0, properties=[first, star])


def rendered(graded, lang="en", **options):
    stream = io.StringIO()
    console = Console(file=stream, width=80, highlight=False)
    render(build(graded, title=TITLE, worth=3, lang=lang), console, lang=lang, **options)
    return stream.getvalue()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_line_is_wider_than_80_columns(lang):
    lines = rendered(
        result(prints="x" * 300, traceback=dict.fromkeys(("en", "zh"), "line 1, in f\n    " + "y" * 200)),
        lang,
        verbose=True,
    ).splitlines()
    assert max(map(cell_len, lines)) <= 80


def test_control_characters_are_spelled_out():
    shown = rendered(result(prints="\x1b[2J\x1b]0;title\x07PASSED\r10/10\x00"))
    assert "\x1b" not in shown
    assert "\\x1b[2J" in shown
    assert escaped("a\nb\tc‮") == "a\nb\\tc\\u202e"


def test_markup_of_rich_is_shown_as_it_is():
    assert "[bold]x[/bold]" in rendered(result(prints="[bold]x[/bold]"))


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        (1.0, ["1."]),
        (0.1 + 0.2, ["0.3"]),
        (float("nan"), ["nan"]),
        (-7, ["-7"]),
        ("x", ["'x'"]),
        (True, ["True"]),
        ([1.0, [2]], ["[1., [2]]"]),
        ({"dtype": "int64", "shape": [2], "values": [1, 2]}, ["[1, 2]"]),
        ({"dtype": "int64", "shape": [2000], "values": None}, ["int64 (2000,)"]),
        (
            {"dtype": "float64", "shape": [2, 2], "values": [[0.25, 1e-9], [1e10, 3.0]]},
            ["[[0.25, 1e-09], [1e+10, 3.]]"],
        ),
    ],
)
def test_values_are_short_and_recognisable(value, lines):
    assert value_lines(value) == lines


def test_a_large_tensor_takes_a_line_per_row():
    assert value_lines({"dtype": "float64", "shape": [2, 9], "values": [[0.123456] * 9] * 2}, 80) == [
        "[[" + ", ".join(["0.123456"] * 7) + ",",
        "  0.123456, 0.123456],",
        " [" + ", ".join(["0.123456"] * 7) + ",",
        "  0.123456, 0.123456]]",
    ]
