"""A pool of judges: answers as they come, deaths that cost a retry, and an end at any time."""

import os
import time

import pytest

from grader.judge import pool as pools
from grader.judge.client import JudgeDied
from grader.judge.pool import JudgePool


class FakeJudge:
    """Answers requests (functions) in a thread; one that is killed dies of it."""

    made = ()

    def __init__(self):
        FakeJudge.made = (*FakeJudge.made, self)
        self.killed = self.closed = False

    def ask(self, request):
        answer = request(self)
        if self.killed:
            raise JudgeDied({"en": "killed", "zh": "killed"})
        return answer

    def kill(self):
        self.killed = True

    def close(self):
        self.killed = self.closed = True


@pytest.fixture(autouse=True)
def judges(monkeypatch):
    FakeJudge.made = ()
    monkeypatch.setattr(pools, "Judge", FakeJudge)


def dies(judge):
    judge.kill()


def test_every_request_is_answered_once_by_as_many_judges_as_there_may_be():
    with JudgePool(3) as pool:
        answers = list(pool.run((number, lambda judge, n=number: n * n) for number in range(50)))
    assert sorted(answers) == [(number, number**2) for number in range(50)]
    assert len(FakeJudge.made) == 3
    assert all(judge.closed for judge in FakeJudge.made)


def test_no_judge_is_started_for_nothing():
    with JudgePool(3) as pool:
        assert list(pool.run([])) == []
    assert FakeJudge.made == ()


def test_a_death_costs_one_more_try_and_nobody_elses_answer():
    tries = []

    def once(judge):
        tries.append(judge)
        if len(tries) == 1:
            judge.kill()
        return "well"

    with JudgePool(1) as pool:
        answers = dict(pool.run([("a", lambda judge: 1), ("b", once), ("c", lambda judge: 3)]))
    assert answers == {"a": 1, "b": "well", "c": 3}
    assert len(tries) == 2


def test_a_request_that_judges_die_of_is_told_and_the_others_go_on():
    with JudgePool(2) as pool:
        answers = dict(pool.run([("a", dies), ("b", lambda judge: 2)]))
    assert answers["b"] == 2
    assert isinstance(answers["a"], JudgeDied)


def test_where_no_judge_can_be_started_every_request_is_told_so(monkeypatch):
    def refuse():
        raise JudgeDied({"en": "no more processes", "zh": "no more processes"})

    monkeypatch.setattr(pools, "Judge", refuse)
    with JudgePool(2) as pool:
        answers = dict(pool.run([("a", dies), ("b", dies)]))
    assert {type(answer) for answer in answers.values()} == {JudgeDied}


def test_who_stops_asking_keeps_what_was_answered_and_waits_for_nobody():
    def long(judge):
        while not judge.killed:
            time.sleep(0.01)

    began, answered = time.monotonic(), []

    def ask():
        with JudgePool(2) as pool:
            for key, answer in pool.run([("a", lambda judge: 1), ("b", long), ("c", long), ("d", long)]):
                answered.append((key, answer))
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ask()
    assert answered == [("a", 1)]
    assert time.monotonic() - began < 5
    assert all(judge.closed for judge in FakeJudge.made)


def test_judges_are_started_by_the_thread_that_asks():
    """A judge ends with the thread that made it."""
    import threading

    threads = set()

    class Watched(FakeJudge):
        def __init__(self):
            super().__init__()
            threads.add(threading.get_ident())

    pools.Judge = Watched  # put back by the fixture
    with JudgePool(os.cpu_count() or 2) as pool:
        list(pool.run((number, dies) for number in range(6)))
    assert threads == {threading.get_ident()}
