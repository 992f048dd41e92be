"""Several conventions are equally right: which one is followed, and what is said where another would fit a mistake."""

import pytest
from judging import Judging

from grader.course import open_course

FLOORED = """
[[misconceptions]]
id = "floored"
title.en = "Rounded down"
title.zh = "向下取整了"
explanation.en = "You round down."
explanation.zh = "你向下取整了。"
hint.en = "Round up."
hint.zh = "请向上取整。"
under = [{ conventions = ["up"], edits = [{ find = "torch.ceil", replace = "torch.floor" }] }]
edits = [{ find = "torch.floor(X / 2)", replace = "torch.floor(X / 2) - 1" }]
"""


@pytest.fixture
def judging(mini, server):
    with (mini / "solutions/numbers/halve.toml").open("a", encoding="utf-8") as stream:
        stream.write(FLOORED)
    return Judging(server, open_course(mini), "halve", cases=10)


def test_what_is_right_but_for_a_star_is_a_mistake_under_no_other_convention(judging):
    result = judging.grade("import torch\ndef halve(X):\n    X /= 2\n    return X.floor_()\n")
    assert (result.status, result.stars, result.diagnosis) == ("passed", 0, []), result.problem
    assert result.convention["en"] == "rounded down"


def test_the_convention_under_which_there_is_a_diagnosis_is_told(judging):
    result = judging.grade("import torch\ndef halve(X):\n    return torch.floor(X / 2) - 1\n")
    assert [diagnosed.id for diagnosed in result.diagnosis] == ["floored"]
    assert result.convention["en"] == "rounded down"


def test_where_nothing_tells_two_conventions_apart_neither_is_named(judging):
    result = judging.grade("import torch\ndef halve(X):\n    return X * 7 + 1\n")
    assert (result.status, result.diagnosis, result.convention) == ("failed", [], None)
