"""Which misconception explains what a submission answered.

The submission's answers over the case banks are compared with those of the reference with a misconception's edits, in
this process. One that gives the same answers on every case explains the failure. If none does, pairs are tried; if
several do, all are named. If nothing fits, nothing is said.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from grader.course import Exercise
from grader.formats import Misconception, applicable
from grader.judge.bank.loading import Property, Reference, misconceived
from grader.judge.bank.recording import Bank
from grader.judge.explain.transcripts import answers_alike
from grader.judge.results import Diagnosed, GraderError
from grader.judge.trying.patience import CALL_SECONDS, TakesTooLong, within
from grader.judge.trying.trial import Trial, try_case
from grader.judge.workers.channels import LocalChannel, Recorded

Trials = Mapping[str, list[Trial]]
"""Property id → its trials, in the bank's order; fewer than there are cases if a worker ended."""

Relation = Literal["alone", "together", "alternative"]
Spot = tuple[Property, int]
"""A property and the index of a case in its bank."""

PROBES: Final = 4
"""Cases per property that are looked at first: most variants are told apart by one of them."""
DEAR: Final = 100
"""A case that takes more messages than this is looked at only where there are no others."""


class _Variant:
    """A wrong version of the reference; how it answers is remembered."""

    def __init__(self, wrong: Reference) -> None:
        self._wrong = wrong
        self._alike: dict[tuple[str, int], bool] = {}

    def alike(self, spot: Spot, trial: Trial) -> bool:
        """Whether it answers as the submission did in this trial of a case."""
        key = spot[0].id, spot[1]
        if key not in self._alike:
            self._alike[key] = False
            with contextlib.suppress(TakesTooLong), within(CALL_SECONDS):
                self._alike[key] = answers_alike(self._channel(spot), trial.heard or [])
        return self._alike[key]

    def forget(self) -> None:
        """Begin with another submission."""
        self._alike.clear()

    def breaks(self, spot: Spot, reference: Reference, bank: Bank) -> bool:
        """Whether the property fails on this case."""
        property_, index = spot
        banked = bank[property_.id][index]
        recorded = Recorded(banked.exchanges, index, reference.channel)
        with contextlib.suppress(TakesTooLong), within(CALL_SECONDS):
            sources = {"": self._wrong.source}
            return try_case(property_, self._channel(spot), recorded, banked.case, sources).fault is not None
        return True

    def _channel(self, spot: Spot) -> LocalChannel:
        channel = self._wrong.channel()
        channel.case = spot[1]
        return channel


class Diagnoser:
    """Knows an exercise's misconceptions as variants of one reference (one convention)."""

    def __init__(self, exercise: Exercise, properties: list[Property], reference: Reference, bank: Bank) -> None:
        self._exercise, self._reference, self._bank = exercise, reference, bank
        self._graded = [property_ for property_ in properties if not property_.grading.star]
        self._misconceptions = {misconception.id: misconception for misconception in exercise.answers.misconceptions}
        self._variants: dict[tuple[str, ...], _Variant | None] = {}

    def diagnose(self, trials: Trials) -> list[Diagnosed]:
        """What explains these trials. Stars are left out: they are about other things than the contract.

        Where not every answer was kept, not every answer can be explained.
        """
        if any(trial.heard is None for property_ in self._graded for trial in trials.get(property_.id, [])):
            return []
        failing, passing, rest = self._spots(trials)
        if not failing:
            return []
        for variant in self._variants.values():
            if variant is not None:
                variant.forget()
        everything = [*failing, *passing, *rest]
        singles = [name for name in self._misconceptions if self._fits((name,), everything, trials)]
        if singles:
            return self._named(singles, "alone" if len(singles) == 1 else "alternative", failing)
        # Each of a pair leaves right what is right. That a property holds does not say so: it may look at other things.
        reference = _Variant(self._reference)
        right = [spot for spot in passing if reference.alike(spot, trials[spot[0].id][spot[1]])]
        suspects = [name for name in self._misconceptions if self._fits((name,), right, trials)]
        pairs = [pair for pair in itertools.combinations(suspects, 2) if self._fits(pair, everything, trials)]
        return self._named(pairs[0], "together", failing) if len(pairs) == 1 else []

    def _spots(self, trials: Trials) -> tuple[list[Spot], list[Spot], list[Spot]]:
        """Some cases that fail, some on which the submission is right, and all the others."""
        failing: list[Spot] = []
        passing: list[Spot] = []
        rest: list[Spot] = []
        for property_ in self._graded:
            tried = [(index, trial.fault) for index, trial in enumerate(trials.get(property_.id, []))]
            spots = [(property_, index) for index, fault in tried if fault is None or not fault.final]
            wrong = {index for index, fault in tried if fault is not None}
            dear = {index for index, trial in enumerate(trials.get(property_.id, [])) if trial.cost > DEAR}
            spots.sort(key=lambda spot: spot[1] in dear)
            bad = [spot for spot in spots if spot[1] in wrong]
            good = [spot for spot in spots if spot[1] not in wrong]
            failing += bad[:PROBES]
            passing += good[:PROBES]
            rest += [spot for spot in bad[PROBES:] + good[PROBES:] if spot[1] not in dear]
        return failing, passing, rest

    def _fits(self, names: tuple[str, ...], spots: list[Spot], trials: Trials) -> bool:
        variant = self._variant(names)
        return variant is not None and all(variant.alike(spot, trials[spot[0].id][spot[1]]) for spot in spots)

    def _variant(self, names: tuple[str, ...]) -> _Variant | None:
        if names not in self._variants:
            self._variants[names] = next(self._made(names), None)
        return self._variants[names]

    def _made(self, names: tuple[str, ...]) -> Iterator[_Variant]:
        """The variant, if the edits go together: in this order, or in the other."""
        for order in dict.fromkeys((names, names[::-1])):
            chosen = [self._misconceptions[name] for name in order]
            edits = tuple(edit for misconception in chosen for edit in misconception.edits)
            whole = any(misconception.file for misconception in chosen)
            if whole and len(chosen) > 1:
                continue
            if whole or applicable(self._reference.source, edits):
                wrong = misconceived(self._exercise, self._reference, chosen)
                try:
                    _ = wrong.module
                except GraderError:
                    continue  # edits that each make sense may make none together
                yield _Variant(wrong)

    def _named(self, names: Sequence[str], relation: Relation, failing: list[Spot]) -> list[Diagnosed]:
        return [self._described(self._misconceptions[name], relation, failing) for name in names]

    def _described(self, misconception: Misconception, relation: Relation, failing: list[Spot]) -> Diagnosed:
        """A misconception with the first failing property that it breaks on its own."""
        variant = self._variant((misconception.id,))
        own = (
            spot[0].id for spot in failing
            if variant is not None and variant.breaks(spot, self._reference, self._bank)
        )  # fmt: skip
        breaks = next(own, failing[0][0].id)
        return Diagnosed(
            misconception.id, misconception.title.text, misconception.explanation.text, misconception.hint.text,
            relation, breaks,
        )  # fmt: skip
