"""Code that does not come back is stopped within its limit and a second; what it started goes with it."""

from verdicts import Attack, attacks, judged
from world import REFERENCE

LIMIT = 1.5
"""Seconds for the exercise in the hasty course."""


def hangs(how):
    word = (
        "while the file was being loaded, one call took longer than 0.5 s" if how == "load" else "one call took longer"
    )
    return Attack("hangs", statuses=("timeout",), word=word, course="hasty", fill={"how": how})


@attacks(*map(hangs, ["loop", "load", "sleep", "regex", "deadlock", "stop"]))
def test_a_hang_is_a_timeout(grade, attack):
    ran = grade(attack)
    assert judged(ran, attack)["duration_s"] < LIMIT + 1


@attacks(Attack("dawdles", statuses=("failed", "timeout"), most=1, word="used up", course="hasty"))
def test_dawdling_below_the_limit_ends_with_the_exercise(grade, attack):
    assert judged(grade(attack), attack)["duration_s"] < LIMIT + 1


@attacks(Attack("leaves_threads", statuses=("failed", "timeout", "crashed"), most=1, course="hasty"))
def test_threads_end_with_their_worker(grade, attack):
    judged(grade(attack), attack)  # grade() has found no process left


def test_honest_work_is_graded_after_all_that(world):
    ran = world.run(REFERENCE)
    assert (ran.report["status"], ran.report["score"]) == ("passed", 10)
