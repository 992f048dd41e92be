"""Works a course's proofs off on all cores, and remembers what was proved by the content of what it was proved of.

Imports no torch: the work is done by judges, each a process of its own.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from grader.course import Course, Exercise
from grader.formats import read_text
from grader.judge.bank.content import content_key
from grader.judge.bank.store import Store
from grader.judge.entry.companions import solutions_behind
from grader.judge.entry.submission import submission_of
from grader.judge.pool import JudgePool
from grader.judge.proof.mutation import mutants
from grader.judge.proof.results import Fact, ProofResult, broken
from grader.judge.proof.verdict import Proof, proof
from grader.judge.requests import ProofRequest, path_bytes

MUTANTS_PER_PIECE: Final = 40
_remembered = msgspec.msgpack.Decoder(ProofResult)  # made in one thread; see grader.judge.client

WEIGHTS: Final = {"files": 0.1, "facts": 3.0, "seed": 12.0, "mutants": 12.0, "right": 3.0, "wrong": 2.0}
"""About how much work the kinds of pieces are, for telling how much is left."""

Place = tuple[str, int]
"""An exercise's id, and the number of a piece of its proof."""


@dataclass(slots=True)
class _Pieces:
    """The pieces of one exercise's proof, as far as they are there."""

    requests: list[ProofRequest]
    results: dict[int, ProofResult] = field(default_factory=dict)

    @property
    def sampled(self) -> bool:
        """Whether not all mutants are among them."""
        asked = [request for request in self.requests if request.task == "mutants"]
        return asked[0].parts > len(asked)

    @property
    def complete(self) -> bool:
        return len(self.results) == len(self.requests)


class Watcher:
    """Hears how a proof goes on; this one says nothing."""

    def begun(self, work: float) -> None:
        """So much work lies ahead."""

    def found(self, exercise: str, facts: Sequence[Fact], work: float) -> None:
        """A piece is done, which was so much work."""

    def proved(self, proof: Proof) -> None:
        """All pieces of an exercise are there."""


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

    def prove(self, exercises: Sequence[Exercise], watcher: Watcher | None = None) -> list[Proof]:
        """Prove them all, what needs no run first; `watcher` hears of each piece and of each complete proof."""
        chosen = {exercise.id: exercise for exercise in exercises}
        pieces = {name: _Pieces(self.requests(exercise)) for name, exercise in chosen.items()}
        keys = {
            (name, number): self.key(chosen[name], request)
            for name, some in pieces.items()
            for number, request in enumerate(some.requests)
        }
        proofs: dict[str, Proof] = {}
        watcher = watcher or Watcher()
        watcher.begun(sum(WEIGHTS[request.task] for some in pieces.values() for request in some.requests))

        def enter(place: Place, result: ProofResult) -> None:
            name, number = place
            pieces[name].results[number] = result
            watcher.found(name, result.facts, WEIGHTS[pieces[name].requests[number].task])
            if pieces[name].complete:
                found = [pieces[name].results[number] for number in range(len(pieces[name].requests))]
                proofs[name] = proof(name, found, self._seeds, sampled=pieces[name].sampled)
                watcher.proved(proofs[name])

        def unknown(*, files: bool) -> Iterator[tuple[Place, ProofRequest]]:
            for place, key in keys.items():
                if files != (pieces[place[0]].requests[place[1]].task == "files"):
                    continue
                known = None if self._fresh else self._recall(key)
                if known is None:
                    yield place, pieces[place[0]].requests[place[1]]
                else:
                    enter(place, known)

        with JudgePool[Place](self._jobs) as pool:
            for place, answer in itertools.chain(pool.run(unknown(files=True)), pool.run(unknown(files=False))):
                if isinstance(answer, ProofResult):
                    result = answer
                    if result.complete:
                        self._store.put(keys[place], msgspec.msgpack.encode(result))
                else:
                    error = (
                        answer if isinstance(answer, Exception) else TypeError(f"a {type(answer).__name__} came back")
                    )
                    result = broken(pieces[place[0]].requests[place[1]], error)
                enter(place, result)
        return [proofs[exercise.id] for exercise in exercises]

    def requests(self, exercise: Exercise) -> list[ProofRequest]:
        """The pieces of an exercise's proof."""
        root, cache = path_bytes(self._course.root) or b"", path_bytes(self._cache)
        plain = ProofRequest(root, exercise.id, "facts", self._cases, cache=cache)
        replace = msgspec.structs.replace
        count = len(mutants(read_text(exercise.solution)))
        parts = max(1, math.ceil(count / (self._most or MUTANTS_PER_PIECE)))
        return [
            replace(plain, task="files"),
            plain,
            *(replace(plain, task="seed", seed=seed) for seed in range(self._seeds)),
            *(
                replace(plain, task="right", seed=seed, submission=submission_of(read_text(path), path.name))
                for seed in range(self._seeds)
                for path in exercise.examples("right_solutions")
            ),
            *(
                replace(plain, task="wrong", submission=submission_of(read_text(path), path.name))
                for path in exercise.examples("wrong_submissions")
            ),
            *(
                replace(plain, task="mutants", part=part, parts=parts)
                for part in range(1 if self._most else parts)
            ),
        ]  # fmt: skip

    def key(self, exercise: Exercise, request: ProofRequest) -> str:
        """Everything that a piece depends on, hashed."""
        asked = (
            request.task, request.cases, request.seed, request.part, request.parts, exercise.id, exercise.points,
            request.submission,
        )  # fmt: skip
        return content_key(asked, [*exercise.files, *solutions_behind(exercise), *exercise.whole_variants])

    def _recall(self, key: str) -> ProofResult | None:
        """A piece from memory: it costs nothing."""
        known = self._store.get(key)
        try:
            return None if known is None else msgspec.structs.replace(_remembered.decode(known), seconds=0.0)
        except msgspec.MsgspecError:
            return None
