"""Several judges at work on many requests. Imports no torch.

Judges are started by the thread that asks for answers, because a judge ends with the thread that made it; other
threads do nothing but wait for what one of them says.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Final, Generic, TypeVar

from grader.judge.client import Judge, JudgeDied
from grader.judge.closing import Closing
from grader.judge.proof.results import ProofResult
from grader.judge.requests import GradeRequest, ProofRequest
from grader.judge.results import GradeResult

K = TypeVar("K")
Answer = GradeResult | ProofResult | JudgeDied
"""What came of a request; JudgeDied if the judge died of it, twice."""

TRIES: Final = 2


class JudgePool(Closing, Generic[K]):
    """At most `jobs` judges, started when they are needed. Use it as a context: nothing of it is left afterwards.

    A judge that dies is replaced, and its request is tried once more. Whoever stops asking for answers, be it by an
    exception or Ctrl-C, ends all judges at once; what has been answered until then is theirs to keep.
    """

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._idle: list[Judge] = []
        self._busy: dict[Future[GradeResult | ProofResult], tuple[Judge, K, GradeRequest | ProofRequest, int]] = {}
        self._threads = ThreadPoolExecutor(jobs)

    def run(self, requests: Iterable[tuple[K, GradeRequest | ProofRequest]]) -> Iterator[tuple[K, Answer]]:
        """The answers, each under its request's key, in the order in which they come."""
        waiting = iter(requests)
        more = True
        while True:
            while more and len(self._busy) < self._jobs:
                following = next(waiting, None)
                if following is None:
                    more = False
                else:
                    yield from self._ask(*following, tries=1)
            if not self._busy:
                return
            done, _ = wait(self._busy, return_when=FIRST_COMPLETED)
            for future in done:
                judge, key, request, tries = self._busy.pop(future)
                died = future.exception()
                if died is None:
                    self._idle.append(judge)
                    yield key, future.result()
                    continue
                judge.close()
                if not isinstance(died, JudgeDied):
                    raise died
                if tries < TRIES:
                    yield from self._ask(key, request, tries=tries + 1)
                else:
                    yield key, died

    def _ask(self, key: K, request: GradeRequest | ProofRequest, *, tries: int) -> Iterator[tuple[K, Answer]]:
        """Give a request to a judge; an answer only if none can be started."""
        try:
            judge = self._idle.pop() if self._idle else Judge()
        except JudgeDied as error:
            yield key, error
            return
        self._busy[self._threads.submit(judge.ask, request)] = judge, key, request, tries

    def close(self) -> None:
        """End all judges, whatever they are at."""
        judges = [*self._idle, *(judge for judge, *_ in self._busy.values())]
        for judge in judges:
            judge.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)
        for judge in judges:
            judge.close()
        self._idle.clear()
        self._busy.clear()
