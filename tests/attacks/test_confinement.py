"""What a submission may not reach: secrets, the network, programs, other processes, files, more than its share."""

import subprocess

import pytest
from verdicts import Attack, attacks, judged
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


def takes(what, word):
    return Attack("takes_everything", statuses=("crashed",), word=word, fill={"what": what})


@attacks(
    takes("tensors", "ran out of memory"),
    takes("objects", "ran out of memory: MemoryError"),
    takes("maps", "ran out of memory"),
    takes("files", "ran into the limit on open files"),
    takes("pipes", "ran into the limit on open files"),
    takes("processes", "tried what is not allowed while being graded: PermissionError"),
    takes("disk", "tried what is not allowed while being graded: PermissionError"),
)
def test_taking_without_end_is_a_crash(grade, attack):
    ran = grade(attack)
    judged(ran, attack)
    assert 0 < ran.peak_kib < (512 + 512) * 1024  # the limit, on top of torch


def test_another_grading_goes_on_beside_a_greedy_one(world, tmp_path):
    path = tmp_path / "takes_threads.py"
    path.write_text((SUBMISSIONS / "takes_threads.py").read_text())
    hostile = subprocess.Popen(world.command(path, course="hasty"), env=world.environment, cwd=world.folder,
                               stdout=subprocess.DEVNULL)  # fmt: skip
    honest = world.run(REFERENCE)
    assert (honest.report["status"], honest.report["score"]) == ("passed", 10)
    assert hostile.wait() == 1
