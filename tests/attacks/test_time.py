"""Code that does not come back is stopped within its limit and a second; what it started goes with it.

Limits count a submission's own time, not the time in which a busy machine gave it no core: so do these bounds.
"""

import os

import pytest
from verdicts import SLOTS, Attack, attacks, four, judged
from world import REFERENCE

CALL, EXERCISE = 0.5, 1.5
"""The limits of the brisk and of the hasty course, in seconds."""


def busy():
    """How many processes want a core, for each core; 1 on a quiet machine."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def hangs(file, *hows):
    return four(file, *((how, "timeout", f"one call took longer than {CALL} s") for how in hows), course="brisk")


@pytest.mark.parametrize(
    ("attack", "ways"),
    [
        hangs("hangs", "loop", "sleep", "regex", "deadlock"),
        hangs("hangs", "stop"),
        hangs("speaks", "half_frame", "half_header", "drip", "deaf"),
    ],
)
def test_a_call_that_hangs_is_a_timeout_of_its_property(grade, attack, ways):
    report = judged(grade(attack), attack)
    messages = {property_["id"]: property_["message"] or "" for property_ in report["properties"]}
    assert all(word in messages[slot] for slot, (_, _, word) in zip(SLOTS, ways, strict=True)), messages
    stopped = sum(property_["status"] == "timeout" for property_ in report["properties"])
    assert report["duration_s"] < (stopped * CALL + 1 + 1) * busy()  # and a second for the properties that are graded


@attacks(
    Attack("hangs", statuses=("timeout",), word="while the file was being loaded, it took longer", course="hasty",
           fill={"how": "load load load load"}),
    Attack("dawdles", statuses=("failed", "timeout"), most=1, word="used up", course="hasty"),
    Attack("leaves_threads", statuses=("failed", "timeout", "crashed"), most=1, course="hasty"),
)  # fmt: skip
def test_an_exercise_ends_in_time_and_threads_with_it(grade, attack):
    assert judged(grade(attack), attack)["duration_s"] < (EXERCISE + 1) * busy()


def test_honest_work_is_graded_after_all_that(world):
    ran = world.run(REFERENCE)
    assert (ran.report["status"], ran.report["score"]) == ("passed", 10)
