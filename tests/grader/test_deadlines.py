"""A submission's own time counts against its limits; the time in which a busy machine gave it no core does not."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from grader.formats import Limits
from grader.judge.workers import deadlines
from grader.judge.workers.deadlines import MOST_EXCUSED, Budget, starved


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now, waited = 100.0, 0.0

    monkeypatch.setattr(deadlines.time, "monotonic", lambda: Clock.now)
    monkeypatch.setattr(deadlines, "starved", lambda process: Clock.waited if process == "7" else 0.0)
    return Clock


def test_a_call_ends_when_its_own_time_is_over(clock):
    deadline = Budget(Limits(call_seconds=2, exercise_seconds=60)).call("7")
    assert deadline.remaining() == 2
    clock.now += 3
    assert deadline.remaining() == -1


def test_waiting_for_a_core_does_not_count_up_to_a_bound(clock):
    budget = Budget(Limits(call_seconds=2, exercise_seconds=60))
    deadline = budget.call("7")
    clock.now, clock.waited = clock.now + 5, 4.0
    assert deadline.remaining() == 1
    clock.now, clock.waited = clock.now + 20, 24.0
    assert deadline.remaining() == 2 * MOST_EXCUSED - 23


def test_the_exercise_has_a_limit_of_its_own(clock):
    budget = Budget(Limits(call_seconds=5, exercise_seconds=6))
    budget.call("7")
    clock.now += 4
    assert budget.call("7").remaining() == 2
    clock.now += 3
    assert budget.over()
    clock.waited = 1.5
    assert not budget.over("7")
    assert budget.call("7").remaining() == 0.5


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason="this kernel does not say who waited")
def test_two_processes_on_one_core_starve_and_one_that_sleeps_does_not():
    busy = (
        "import os, time; os.sched_setaffinity(0, {0}); end = time.monotonic() + 3\nwhile time.monotonic() < end: pass"
    )
    processes = [subprocess.Popen([sys.executable, "-c", code]) for code in (busy, busy, "import time; time.sleep(3)")]
    try:
        time.sleep(1.5)
        first, second, sleeper = (starved(str(process.pid)) for process in processes)
    finally:
        for process in processes:
            process.kill()
            process.wait()
    assert first + second > 0.5
    assert sleeper < first + second


def test_a_process_that_is_gone_or_unknown_waited_for_nothing():
    assert starved("999999999") == 0.0
