"""Ending the process, on purpose or not, costs the property during which it happens, and no more."""

import pytest
from verdicts import Attack, attacks, judged

SURVIVES = 4
"""Points of the properties that never pass None: sequence_mask and the comparison with the reference."""


def dies(how, word, *statuses):
    return Attack("dies_on_none", most=SURVIVES, statuses=statuses or ("crashed",), word=word, fill={"how": how})


@attacks(
    dies("exit", "the process ended itself with exit code 0"),
    dies("kill", "killed by SIGKILL"),
    dies("term", "killed by SIGTERM"),
    dies("nameless", "killed by signal 40"),
    dies("segfault", "killed by SIGSEGV"),
    dies("abort", "killed by SIGABRT"),
    dies("recursion", "raised RecursionError", "failed"),
    dies("stack", "killed by SIGSEGV"),
    dies("close", "the process "),
    dies("replace", "the process "),
    dies("thread", "exit code 3"),
)
def test_the_rest_is_graded_when_a_worker_dies(grade, attack):
    ran = grade(attack)
    assert judged(ran, attack)["score"] == SURVIVES
    assert ran.status_of("matches_the_reference") == "passed"


@attacks(
    Attack("exits_with_success", statuses=("crashed",), word="exit code 0"),
    Attack("dies_at_load", statuses=("crashed",), word="while the file was being loaded", fill={"how": "exit"}),
    Attack("dies_at_load", statuses=("crashed",), word="killed by signal 40", fill={"how": "nameless"}),
    Attack("dies_at_load", status="invalid", word="does not load: SystemExit", fill={"how": "raise"}),
)
def test_leaving_with_success_is_a_crash(grade, world, attack):
    judged(grade(attack), attack)
    assert not list(world.folder.rglob("results.json"))


@attacks(Attack("dies_later", most=1, statuses=("failed", "crashed")))
def test_dying_while_a_counterexample_is_made_smaller_changes_nothing(grade, attack):
    judged(grade(attack), attack)


@pytest.mark.parametrize("options", [(), ("--verbose", "--format", "text")], ids=["json", "text"])
@attacks(Attack("prints_a_lot", word="raised ValueError: PASSED 10/10 \\x1b[2J"))
def test_what_is_printed_is_cut_escaped_and_believed_by_nobody(grade, attack, options):
    ran = grade(attack, *options)
    if not options:
        judged(ran, attack)
        printed = ran.report["properties"][0]["prints"]
        assert printed.startswith("PASSED 10/10 \\x1b[2J")
        assert len(printed) < 10_000
    assert not {"\x07", "\x08", "\x9b", "\r", "\u202e"} & set(ran.stdout)
    assert ran.code == 1
