"""Forbidden names are found however they are reached, and told."""

import pytest
from verdicts import Attack, attacks, judged


def reaches(how, word="torch.softmax was used while running"):
    return Attack("forbidden_names", status="invalid", word=word, course="guarded", fill={"how": how})


@attacks(
    reaches("getattr_computed"),
    reaches("method"),
    reaches("imported"),
    reaches("ops"),
    reaches("kernel"),
    reaches("layer"),
    reaches("attention", "torch.nn.functional.scaled_dot_product_attention was used while running"),
    reaches("swallowed"),
    Attack("monkeypatches", status="invalid", word="scaled_dot_product_attention", course="guarded"),
)
def test_a_forbidden_name_makes_a_submission_invalid(grade, attack):
    judged(grade(attack), attack)


@pytest.mark.xfail(
    strict=True, reason="a guard in the process that it guards can be walked around by who knows torch's insides"
)
@attacks(reaches("namespace"), reaches("script"))
def test_a_forbidden_name_behind_torch_internals_makes_a_submission_invalid(grade, attack):
    judged(grade(attack), attack)


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("torch.softmax(X, -1)", "line 5 uses "), ("X.softmax(-1)", "line 5 uses "),
        ("torch.nn.functional.softmax(X, -1)", "line 5 uses "), ("torch.ops.aten.softmax(X, -1)", "line 5 uses "),
        ("getattr(torch, 'softmax')(X, -1)", "was used while running"),  # a string is no use until it is used
        ("eval('torch.softmax')(X, -1)", "was used while running"),
    ],
)  # fmt: skip
def test_what_is_written_down_is_found_before_anything_runs_and_what_is_put_together_when_it_does(
    world, tmp_path, code, word
):
    path = tmp_path / "written.py"
    path.write_text(
        f"import torch\n\n\ndef sequence_mask(X, v, value=0): ...\ndef masked_softmax(X, v): return {code}\n"
    )
    ran = world.run(path, course="guarded")
    judged(ran, Attack("", status="invalid", word=word))
    assert "softmax" in ran.report["problem"]
    assert "write it yourself" in ran.report["problem"]
