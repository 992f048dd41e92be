"""Forbidden is what does the exercise: found in the text, told with its line, or while the code runs."""

import ast
from pathlib import Path

import pytest
from judging import Judging

from grader.course import open_course
from grader.formats import Bilingual, Forbidden
from grader.judge.entry.forbidden import check_forbidden
from grader.judge.entry.submission import InvalidSubmission

MINI = Path(__file__).with_name("mini_course")
RIGHT = "import torch\ndef halve(X):\n    return torch.floor(X / 2)\n"


@pytest.fixture(scope="module")
def grade(server):
    return Judging(server, open_course(MINI), "halve").grade


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("from torch.nn.functional import scaled_dot_product_attention\n" + RIGHT, "line 1 uses"),
        ("import torch.nn.functional as F\n" + RIGHT + "    F.scaled_dot_product_attention\n", "line 5 uses"),
        (
            "import torch\ndef halve(X):\n    f = getattr(torch.nn.functional, 'scaled_dot' + '_product_attention')\n"
            "    try:\n        f(X, X, X)\n    except Exception:\n        pass\n    return torch.floor(X / 2)\n",
            "was used while running",
        ),
    ],
    ids=["from", "attribute", "guard"],
)
def test_a_forbidden_name_makes_a_submission_invalid_and_is_told_with_its_place(grade, source, message):
    result = grade(source)
    assert (result.status, result.score) == ("invalid", 0)
    assert message in result.problem["en"]


def test_a_forbidden_name_of_ones_own_is_no_offence(grade):
    source = "import torch\ndef scaled_dot_product_attention(X):\n    return torch.floor(X / 2)\n"
    assert grade(source + "def halve(X):\n    return scaled_dot_product_attention(X)\n").status == "passed"


def test_a_forbidden_name_in_a_string_is_no_offence(grade):
    source = '"""torch.nn.functional.scaled_dot_product_attention"""\nimport torch\n'
    source += "__all__ = ['halve', 'scaled_dot_product_attention']\n"
    assert grade(source + "def halve(X):\n    return torch.floor(X / 2)\n").status == "passed"


def test_a_name_of_an_earlier_exercise_is_ones_own():
    rule = Forbidden("torch.optim.SGD", Bilingual("write it", "请自己写"))
    check_forbidden(ast.parse("from exercises.optimization.minibatch_sgd import SGD\nSGD([])"), (rule,))
    with pytest.raises(InvalidSubmission, match="line 1 uses"):
        check_forbidden(ast.parse("from torch.optim import SGD"), (rule,))
