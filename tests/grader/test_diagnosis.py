"""A submission's answers are compared with those of known mistakes; what does not fit is not named."""

import shutil
import textwrap
from pathlib import Path

import pytest
from judging import Judging

from grader.course import open_course

MINI = Path(__file__).with_name("mini_course")

REFERENCE = '''
"""Scale and shift: the reference."""

import torch


def move(X, factor, shift):
    while False:
        factor = 1 * factor
    scaled = X * factor
    return scaled + shift


def total(X):
    return X.sum()
'''
PROPERTIES = """
from dataclasses import dataclass

from hypothesis import strategies as st

from grader.kit import Values, assert_arguments_kept, assert_matches, given, graded, sizes


@dataclass(frozen=True)
class Case:
    X: Values
    factor: float
    shift: float


@st.composite
def cases(draw):
    shape, seed = (draw(sizes(3)),), draw(st.integers(0, 2**16))
    return Case(Values(shape, seed), draw(st.sampled_from([2.0, 3.0, 0.5])), draw(st.sampled_from([1.0, -2.5])))


ordinary = cases()


@graded(points=3, title={"en": "Moves", "zh": "移动"})
@given(case=ordinary)
def test_move(submission, reference, case):
    assert_matches(*(module.move(case.X, case.factor, case.shift) for module in (submission, reference)))


@graded(points=1, title={"en": "Keeps X", "zh": "不改动 X"})
@given(case=ordinary)
def test_keeps_x(submission, reference, case):
    assert_arguments_kept(submission.move, case.X, case.factor, case.shift, names=["X", "factor", "shift"])


@graded(points=1, title={"en": "Adds up", "zh": "求和"})
@given(case=ordinary)
def test_total(submission, reference, case):
    assert_matches(submission.total(case.X), reference.total(case.X))


@graded(star=True, title={"en": "A star", "zh": "星标"})
@given(case=ordinary)
def test_star(submission, reference, case):
    assert float(submission.total(case.X.tensor + 1000.0)) == float(reference.total(case.X.tensor + 1000.0))
"""
MISTAKES = {
    "not-scaled": ("X * factor", "X + 0"),
    "not-shifted": ("scaled + shift", "scaled"),
    "shift-subtracted": ("scaled + shift", "scaled - shift"),
    "mean-instead-of-sum": ("X.sum()", "X.mean()"),
    "scaled-in-place": ("scaled = X * factor", "X *= factor\\n    scaled = X"),
    "never-ends": ("while False", "while True"),
    "raises": ("return X.sum()", "raise KeyError('total')"),
}


@pytest.fixture(scope="module")
def diagnose(server, tmp_path_factory):
    """The ids and the relation that are found for a submission, in a course with these mistakes."""
    root = tmp_path_factory.mktemp("course")
    shutil.copytree(MINI, root, dirs_exist_ok=True)
    text = (root / "exercises/course.toml").read_text()
    (root / "exercises/course.toml").write_text(text.replace("halve", "move"))
    (root / "exercises/numbers/move.py").write_text("def move(X, factor, shift):\n    raise NotImplementedError\n")
    shutil.copy(root / "exercises/numbers/halve.toml", root / "exercises/numbers/move.toml")
    (root / "solutions/numbers/move.py").write_text(REFERENCE)
    (root / "tests/numbers/test_move.py").write_text(PROPERTIES)

    def write(mistakes):
        """A mistake is an edit (find, replace), the text of a whole file, or what stands in the file of answers."""
        entries = []
        for name, mistake in mistakes.items():
            texts = "".join(
                f'{part}.en = "{part} of {name}"\n{part}.zh = "中"\n' for part in ("title", "explanation", "hint")
            )
            if isinstance(mistake, dict):
                how = mistake["how"]
            elif isinstance(mistake, str):
                (root / "solutions/numbers/move").mkdir(exist_ok=True)
                (root / f"solutions/numbers/move/{name}.py").write_text(mistake)
                how = f'file = "{name}.py"'
            else:
                how = 'edits = [{{ find = "{}", replace = "{}" }}]'.format(*mistake)
            entries.append(f"[[misconceptions]]\nid = '{name}'\n{texts}{how}\n")
        (root / "solutions/numbers/move.toml").write_text("\n".join(entries))

    def run(source, mistakes=MISTAKES):
        write(mistakes)
        course = open_course(root)
        result = Judging(server, course, "move", cases=30).grade(textwrap.dedent(source))
        assert result.status in ("passed", "failed"), result.problem
        return [(diagnosed.id, diagnosed.relation, diagnosed.breaks) for diagnosed in result.diagnosis]

    return run


GOOD_TOTAL = "\ndef total(X):\n    return X.sum()\n"


def move(body, rest=GOOD_TOTAL):
    return f"import torch\ndef move(X, factor, shift):\n    {body}\n{rest}"


PLACES = """edits = []
places = [
  [{ find = "scaled + shift", replace = "scaled" }],
  [{ find = "X.sum()", replace = "X.mean()" }],
]"""


@pytest.mark.parametrize(
    "source",
    [
        move("return X * factor"),
        move("return X * factor + shift", "\ndef total(X):\n    return sum(X) / len(X)\n"),
        move("return factor * X", "\ndef total(X):\n    return X.sum() / len(X)\n"),
    ],
    ids=["first", "second", "both"],
)
def test_a_mistake_is_recognised_in_any_of_its_places(diagnose, source):
    assert [found[:2] for found in diagnose(source, {"careless": {"how": PLACES}})] == [("careless", "alone")]


def test_what_no_property_looks_at_does_not_count(diagnose):
    as_int = move("return X + shift", "\ndef total(X):\n    return X.sum().reshape(())\n")
    assert [found[:2] for found in diagnose(as_int)] == [("not-scaled", "alone")]


def test_a_mistake_is_recognised_in_another_style(diagnose):
    loop = move("return torch.stack([x + shift * 1.0 for x in X])")
    assert diagnose(loop) == [("not-scaled", "alone", "move")]


def test_two_mistakes_at_once_are_both_named_each_with_what_it_breaks(diagnose):
    both = move("return torch.add(X * factor, shift, alpha=-1)", "\ndef total(X):\n    return sum(X) / len(X)\n")
    assert diagnose(both) == [("shift-subtracted", "together", "move"), ("mean-instead-of-sum", "together", "total")]


def test_two_mistakes_in_one_formula_are_both_named(diagnose):
    assert [diagnosed[:2] for diagnosed in diagnose(move("return X - shift"))] == [
        ("not-scaled", "together"), ("shift-subtracted", "together")
    ]  # fmt: skip


def test_a_pair_is_not_believed_where_one_mistake_that_nobody_listed_does_as_much(diagnose):
    assert diagnose(move("return X.clone()")) == []  # nothing happens: who knows why


def test_mistakes_that_nothing_tells_apart_are_alternatives(diagnose):
    twins = {**MISTAKES, "shift-forgotten": ("scaled + shift", "0 + scaled")}
    assert diagnose(move("return X * factor"), twins) == [
        ("not-shifted", "alternative", "move"), ("shift-forgotten", "alternative", "move")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "source",
    [
        move("return X * factor + 2 * shift"),
        move("return X * factor if len(X) > 2 else X * factor + shift"),  # a known mistake, but not on every case
        move(
            "return X + 0 * factor", "\ndef total(X):\n    return X.sum() * 2\n"
        ),  # a known mistake and an unknown one
    ],
    ids=["unknown", "only-sometimes", "and-an-unknown-one"],
)
def test_what_does_not_fit_is_not_named(diagnose, source):
    assert diagnose(source) == []


def test_what_is_not_written_yet_does_not_hide_a_mistake(diagnose):
    half = move("return X * factor", "\ndef total(X):\n    raise NotImplementedError\n")
    assert diagnose(half) == [("not-shifted", "alone", "move")]


def test_a_passing_submission_has_no_diagnosis(diagnose):
    assert diagnose(move("return X * factor + shift")) == []


def test_a_star_that_fails_is_no_diagnosis(diagnose):
    assert diagnose(move("return X * factor + shift", "\ndef total(X):\n    return X.clamp(max=900).sum()\n")) == []


def test_an_argument_changed_in_place_is_part_of_an_answer(diagnose):
    assert diagnose(move("X *= factor; return X + shift")) == [("scaled-in-place", "alone", "keeps_x")]
    assert diagnose(move("X *= factor; X += shift; return X.clone()"), {"scaled": MISTAKES["not-scaled"]}) == []


def test_the_kind_of_an_exception_is_compared_but_not_its_words(diagnose):
    raising = "\ndef total(X):\n    raise KeyError('other words')\n"
    assert diagnose(move("return X * factor + shift", raising)) == [("raises", "alone", "total")]
    assert diagnose(move("return X * factor + shift", raising.replace("KeyError", "TypeError"))) == []


def test_a_mistake_that_never_ends_does_not_keep_the_judge(diagnose):
    assert diagnose(move("return X * 3 * factor"), {"never-ends": MISTAKES["never-ends"]}) == []


def test_what_never_ends_is_told_as_a_mistake_that_never_ends_either(diagnose):
    assert [found[:2] for found in diagnose(move("while True:\n        shift = shift + 1"))] == [
        ("never-ends", "alone")
    ]
    assert diagnose(move("return X * 3 * factor")) == []


def test_a_mistake_can_be_a_whole_file(diagnose):
    whole = {
        "drops-the-last": "import torch\ndef move(X, factor, shift):\n    return X[:-1]\ndef total(X):\n    return X.sum()\n"
    }
    assert diagnose(move("return X[: len(X) - 1].clone()"), whole) == [("drops-the-last", "alone", "move")]
