"""Reports fit in 80 columns, show numbers that can be compared, and let nothing of a submission's move the cursor."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from grader.judge.results import Failure, GradeResult, PropertyResult
from grader.report.model import build, escaped
from grader.report.numbers import digits_between, named_lines, value_lines
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
        (float("nan"), ["NaN"]),
        (-7, ["-7"]),
        ("A @ x + b", ["A @ x + b"]),
        ("", ["''"]),
        (" x", ["' x'"]),
        (None, ["None"]),
        (["x", None], ["['x', None]"]),
        ({"lr": 0.5, "nesterov": True}, ["lr = 0.5", "nesterov = True"]),
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


def tensor(values, *shape, dtype="float64"):
    return {"dtype": dtype, "shape": list(shape), "values": values}


def test_parameters_are_shown_as_tensors_are_one_on_a_line():
    state = {"W_k.weight": tensor([[0.475]], 1, 1), "scale": 2.0, "ln": {"bias": tensor([0.5, 1.0], 2)}}
    assert named_lines("parameters", state) == [
        "parameters:",
        "  W_k.weight = [[0.475]]  float64 (1, 1)",
        "  scale = 2.",
        "  ln:",
        "    bias = [0.5, 1.]  float64 (2,)",
    ]


@pytest.mark.parametrize(
    ("value", "lines"),
    [
        ({"lr": 0.5, "betas": [0.9, 0.999]}, ["x = {lr: 0.5, betas: [0.9, 0.999]}"]),
        ({"a": "x" * 40, "b": "y" * 40}, ["x:", "  a = " + "x" * 40, "  b = " + "y" * 40]),
        ([tensor([0.5], 1), None], ["x = [[0.5], None]"]),
        (tensor(None, 40, 50), ["x = float64 (40, 50)"]),
        (tensor([0.5] * 12, 12), ["x = [" + "0.5, " * 11 + "0.5]", "    float64 (12,)"]),
        ([tensor([0.123456] * 5, 5), {"a": 1}, tensor(None, 2000)], [
            "x = [0] [0.123456, 0.123456, 0.123456, 0.123456, 0.123456]",
            "    [1] a = 1",
            "    [2] float64 (2000,)",
        ]),
    ],
    ids=["options", "long options", "a list", "too many entries", "no room beside it", "a long list"],
)  # fmt: skip
def test_a_value_under_its_name(value, lines):
    assert named_lines("x", value, 66) == lines


@pytest.mark.parametrize(
    ("expected", "actual", "shown"),
    [
        (tensor([0.34917892, 1.0], 2), tensor([0.34917887, 1.0], 2), ["[0.34917892, 1.]", "[0.34917887, 1.]"]),
        (tensor([-9999999.5], 1), tensor([-10000000.0], 1), ["[-9999999.5]", "[-10000000.]"]),
        (0.5, 0.25, ["0.5", "0.25"]),
        (0.5, 0.5, ["0.5", "0.5"]),
    ],
)
def test_expected_and_yours_have_the_digits_that_tell_them_apart(expected, actual, shown):
    digits = digits_between(expected, actual)
    assert [line for value in (expected, actual) for line in value_lines(value, digits=digits)] == shown


def test_what_a_law_does_not_know_is_not_listed_as_expected():
    failure = Failure(dict.fromkeys(("en", "zh"), "off"), counterexample={"n": None}, actual=2.5)
    lines = rendered(GradeResult(
        "numbers/halve", "failed", 0, "full", "x.py", "", 3.0,
        properties=[PropertyResult("first", TITLE, "failed", 0.0, 3.0, star=False, failure=failure)],
    )).splitlines()  # fmt: skip
    assert "      input     n = None" in lines
    assert "      yours     2.5" in lines
    assert not any(line.strip().startswith("expected") for line in lines)


def test_what_is_too_long_to_show_says_how_much_is_left_out():
    shown = rendered(
        result(prints="", traceback=dict.fromkeys(("en", "zh"), "\n".join(f"line {n}" for n in range(50))))
    )
    assert "line 39" in shown
    assert "… (10 more lines)" in shown
    assert "line 40" not in shown


def waiting(count):
    def title(text):
        return {"en": text, "zh": f"{text}（中文）"}

    first = PropertyResult(
        "first", title("Keeps the shape"), "failed", 0.0, 3.0, star=False, failure=Failure(title("off"))
    )
    failure = Failure({
        "en": "cannot be checked until this holds: Keeps the shape", "zh": "须先通过“Keeps the shape（中文）”"
    })  # fmt: skip
    others = [
        PropertyResult(f"p{n}", title(f"Law number {n} of many"), "blocked", 0.0, 1.5, star=False, failure=failure)
        for n in range(count)
    ]
    return GradeResult("numbers/halve", "failed", 0, "full", "x.py", "", 9.0, properties=[first, *others])


def test_properties_that_wait_for_the_same_one_take_two_lines_unless_all_is_asked_for():
    [line, titles] = rendered(waiting(5)).split("Keeps the shape", 2)[2].splitlines()[:2]
    assert line.endswith(" 0/7.5")
    assert titles.strip() == "Law number 0 of many; Law number 1 of many; Law number 2 of many; Law num…"
    assert "· 5 more cannot be checked until this holds: Keeps the shape" in rendered(waiting(5))
    assert "· 另有 5 项须先通过“Keeps the shape（中文）”" in rendered(waiting(5), "zh")
    verbose = rendered(waiting(5), verbose=True)
    assert verbose.count("blocked: cannot be checked until this holds: Keeps the shape") == 5
    assert "5 more" not in verbose


def test_one_that_waits_has_its_title():
    assert "· Law number 0 of many " in rendered(waiting(1))
    assert "blocked: cannot be checked until this holds" in rendered(waiting(1))
    assert "未检验，须先通过“Keeps the shape（中文）”" in rendered(waiting(1), "zh")
