"""What a submission may not reach: secrets, the network, programs, other processes, files, more than its share."""

import pytest
from verdicts import Attack, attacks, each_judged, four, judged
from world import REFERENCE, SUBMISSIONS

pytestmark = pytest.mark.usefixtures("full_sandbox")


@attacks(Attack("reads_secrets", word="raised ValueError: found: []"))
def test_no_secret_is_in_reach(grade, attack):
    ran = grade(attack)
    judged(ran, attack)
    assert "found: []" in ran.prints
    assert "by_memory: done" in ran.prints  # or nothing was looked at
    assert "solutions" not in ran.prints.partition("done:")[2]


@attacks(Attack("reaches_out", most=1))
def test_nothing_outside_can_be_reached_or_changed(grade, attack):
    ran = grade(attack)
    judged(ran, attack)
    assert "tried 104, allowed: []" in ran.prints, ran.prints


def takes(*ways):
    return four("takes", *((how, "crashed", word) for how, word in ways))


@pytest.mark.parametrize(
    ("attack", "ways"),
    [
        takes(
            ("tensors", "ran out of memory"),
            ("objects", "ran out of memory: MemoryError"),
            ("maps", "ran out of memory"),
            ("files", "ran into the limit on open files"),
        ),
        takes(
            ("pipes", "ran into the limit on open files"),
            ("processes", "tried what is not allowed while being graded: PermissionError"),
            ("disk", "tried what is not allowed while being graded: PermissionError"),
        ),
    ],
)
def test_taking_without_end_is_a_crash(grade, attack, ways):
    ran = grade(attack)
    each_judged(ran, attack, ways)
    assert 0 < ran.peak_kib < (512 + 512) * 1024  # the limit, on top of torch


def test_another_grading_goes_on_beside_a_greedy_one(world, tmp_path):
    path = tmp_path / "takes_threads.py"
    path.write_text((SUBMISSIONS / "takes_threads.py").read_text())
    hostile = world.begin(path, course="hasty")
    honest = world.run(REFERENCE)
    assert (honest.report["status"], honest.report["score"]) == ("passed", 10)
    assert hostile.wait() == 1
