"""A number is a number and a truth a truth, whoever's scalar says so: a right answer loses no points by it."""

import json

import pytest

STUB = (
    '"""Look."""\n\n\ndef look(X, above):\n    """argmax, max, whether max > above"""\n    raise NotImplementedError\n'
)
RIGHT = "def look(X, above):\n    return int(X.argmax()), float(X.max()), bool(X.max() > above)\n"
PROPERTIES = """
from dataclasses import dataclass

from grader.kit import Values, assert_matches, given, graded, sizes, values


@dataclass(frozen=True)
class Case:
    X: Values


@graded(points=4, title={"en": "Sees", "zh": "看"})
@given(case=sizes(4).flatmap(lambda n: values((n,), dtype="float32")).map(Case))
def test_sees(submission, reference, case):
    assert_matches(submission.look(case.X, 0.5), reference.look(case.X, 0.5))
"""

NUMPYS = """
import numpy as np

def look(X, above):
    X = X.numpy()
    return X.argmax(), X.max(), X.max() > above
"""


@pytest.mark.parametrize(
    ("source", "status", "message"),
    [
        (NUMPYS, "passed", None),
        (NUMPYS.replace("X.max() >", "X.max() >="), "failed", "entry 2 is True, expected False"),
        (NUMPYS.replace("X.argmax()", "np.array(X.argmax())"), "failed", "entry 0 is a numpy.ndarray, expected an int"),
    ],
    ids=["right", "wrong", "an array"],
)
def test_numpys_scalars_are_judged_as_what_they_are(another, program, tmp_path, source, status, message):
    another(STUB, RIGHT, PROPERTIES)
    path = tmp_path / "look.py"
    path.write_text(source, encoding="utf-8")
    ran = program("exercise", "halve", "--submission", path, "--format", "json")
    [sees] = json.loads(ran.stdout)["properties"]
    assert (sees["status"], sees["message"]) == (status, message), ran.stderr
