"""Works a course's proofs off on all cores, and remembers what was proved by the content of what it was proved of.

Imports no torch: the work is done by judges, each a process of its own.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import Final

import msgspec

from grader.course import Course, Exercise, read_text
from grader.judge.bank.content import content_key
from grader.judge.bank.store import Store
from grader.judge.client import Judge
from grader.judge.entry.companions import solutions_behind
from grader.judge.proof.mutation import mutants
from grader.judge.proof.results import ProofRequest, ProofResult
from grader.judge.proof.verdict import Proof, proof

MUTANTS_PER_PIECE: Final = 40
_remembered = msgspec.msgpack.Decoder(ProofResult)  # made in one thread; see grader.judge.client


class Prover:
    """Proves exercises of a course. `cache` is where what was proved is remembered, and banks are kept.

    With `most_mutants`, a spread of so many is tried where there are more; what a property is worth is then not asked.
    `fresh`, everything is proved again, and remembered anew.
    """

    def __init__(
        self, course: Course, *, seeds: int, cases: int, jobs: int, cache: Path | None,
        most_mutants: int | None = None, fresh: bool = False,
    ) -> None:  # fmt: skip
        self._most, self._fresh = most_mutants, fresh
        self._course, self._seeds, self._cases, self._jobs, self._cache = course, seeds, cases, jobs, cache
        self._store = Store(cache / "proofs" if cache else None)
        self._local = threading.local()
        self._judges: list[Judge] = []

    def prove(self, exercises: Sequence[Exercise], done: Callable[[Proof], None]) -> list[Proof]:
        """Prove them all; `done` hears of each as soon as it is complete."""
        pieces: dict[str, list[ProofResult | None]] = {}
        proofs: dict[str, Proof] = {}
        try:
            with ThreadPoolExecutor(self._jobs) as pool:
                places = {}
                sampled = set()
                for exercise in exercises:
                    requests = self._requests(exercise)
                    pieces[exercise.id] = [None] * len(requests)
                    if requests[-1].part + 1 < requests[-1].parts:
                        sampled.add(exercise.id)
                    for place, request in enumerate(requests):
                        places[pool.submit(self._piece, exercise, request)] = exercise.id, place
                for future in as_completed(places):
                    name, place = places[future]
                    pieces[name][place] = future.result()
                    found = [piece for piece in pieces[name] if piece is not None]
                    if len(found) == len(pieces[name]):
                        proofs[name] = proof(name, found, self._seeds, sampled=name in sampled)
                        done(proofs[name])
        finally:
            for judge in self._judges:
                judge.close()
        return [proofs[exercise.id] for exercise in exercises]

    def _requests(self, exercise: Exercise) -> list[ProofRequest]:
        cache = str(self._cache) if self._cache else None
        plain = ProofRequest(str(self._course.root), exercise.id, "facts", self._cases, cache=cache)
        count = len(mutants(read_text(exercise.solution)))
        parts = max(1, math.ceil(count / (self._most or MUTANTS_PER_PIECE)))
        seeds = [msgspec.structs.replace(plain, task="seed", seed=seed) for seed in range(self._seeds)]
        return [plain, *seeds, *(
            msgspec.structs.replace(plain, task="mutants", part=part, parts=parts)
            for part in range(1 if self._most else parts)
        )]  # fmt: skip

    def _piece(self, exercise: Exercise, request: ProofRequest) -> ProofResult:
        """A piece from memory, or worked off by this thread's judge."""
        key = self._key(exercise, request)
        known = None if self._fresh else self._store.get(key)
        if known is not None:
            with contextlib.suppress(msgspec.MsgspecError):
                return msgspec.structs.replace(_remembered.decode(known), seconds=0.0)
        if not hasattr(self._local, "judge"):
            self._local.judge = Judge()
            self._judges.append(self._local.judge)
        result: ProofResult = self._local.judge.prove(request)
        self._store.put(key, msgspec.msgpack.encode(result))
        return result

    def _key(self, exercise: Exercise, request: ProofRequest) -> str:
        """Everything that the piece depends on, hashed."""
        asked = (request.task, request.cases, request.seed, request.part, request.parts, exercise.id, exercise.points)
        whole = sorted(exercise.solution.with_suffix("").glob("*"))
        return content_key(asked, [*exercise.files, *solutions_behind(exercise), *whole])
