"""Which misconception explains what a submission answered.

The submission's answers over the case banks are compared with those of the reference with a misconception's edits, in
this process. One that answers alike on every case explains the failure. If none does, pairs are tried; if several do,
all are named. If nothing fits, nothing is said.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Literal

from grader.course import Exercise
from grader.formats import applicable
from grader.judge.bank.loading import Property, Reference, misconceived
from grader.judge.bank.recording import Bank
from grader.judge.bank.variants import Variant, variants_of
from grader.judge.explain.evidence import says_nothing
from grader.judge.explain.likeness import Spot, Suspect
from grader.judge.results import Diagnosed, GraderError
from grader.judge.trying.trial import Trial

Trials = Mapping[str, list[Trial]]
"""Property id → its trials, in the bank's order; fewer than there are cases if a worker ended."""

Relation = Literal["alone", "together", "alternative"]

PROBES: Final = 4
"""Cases per property that are looked at first: most variants are told apart by one of them."""
DEAR: Final = 100
"""A case that takes more messages than this is looked at only where there are no others."""
ENDLESS_SECONDS: Final = 0.5
"""How long a variant may take on a case on which the submission did not come to an end: longer, and it is alike."""


class Diagnoser:
    """Knows an exercise's misconceptions as variants of one reference (one convention)."""

    def __init__(self, exercise: Exercise, properties: list[Property], reference: Reference, bank: Bank) -> None:
        self._exercise, self._reference, self._bank = exercise, reference, bank
        self._graded = [property_ for property_ in properties if not property_.grading.star]
        self._variants = [
            variant
            for misconception in exercise.answers.misconceptions
            for variant in variants_of(misconception, reference.id)
        ]
        self._suspects: dict[tuple[str, ...], Suspect | None] = {}

    def diagnose(self, trials: Trials, *, thoroughly: bool = True) -> list[Diagnosed]:
        """What explains these trials. Stars are left out: they are about other things than the contract.

        Where not every answer was kept, not every answer can be explained. Unless `thoroughly`, what alone explains
        the cases that are looked at first is taken to explain the others: so it does where it was made to be found.
        """
        if any(trial.heard is None for property_ in self._graded for trial in trials.get(property_.id, [])):
            return []
        failing, passing, rest = self._spots(trials)
        hung = self._hung(trials)
        if not failing and not hung:
            return []
        self._begin()
        everything = [*failing, *passing, *rest]
        probed = [*failing, *passing]
        singles = [variant for variant in self._variants if self._fits((variant,), probed, hung, trials)]
        if thoroughly or len({variant.id for variant in singles}) > 1:
            singles = [variant for variant in singles if self._fits((variant,), rest, [], trials, closely=False)]
        if singles:
            singles = self._nearest(singles, probed, trials)
            alone = len({variant.id for variant in singles}) == 1
            return self._named(singles, "alone" if alone else "alternative", failing or hung)
        if hung:
            return []
        pairs = self._pairs(failing, passing, everything, trials)
        return self._named(pairs[0], "together", failing) if len(pairs) == 1 else []

    def _begin(self) -> None:
        """Begin with another submission; pairs were made for the one before: there are too many to keep."""
        for names, suspect in list(self._suspects.items()):
            if suspect is not None:
                suspect.forget()
            if len(names) > 1:
                del self._suspects[names]
                if suspect is not None:
                    suspect.unload()

    def _nearest(self, fitting: list[Variant], spots: list[Spot], trials: Trials) -> list[Variant]:
        """Of several that properties take for one another, those whose answers are the same elsewhere, too."""
        if len({variant.id for variant in fitting}) == 1:
            return fitting
        same = {
            variant.name: sum(
                suspect.identical(spot, trials[spot[0].id][spot[1]])
                for spot in spots
                if (suspect := self._suspect((variant,))) is not None
            )
            for variant in fitting
        }
        return [variant for variant in fitting if same[variant.name] == max(same.values())]

    def _pairs(
        self, failing: list[Spot], passing: list[Spot], everything: list[Spot], trials: Trials
    ) -> list[tuple[Variant, Variant]]:
        """The pairs that explain everything, and more than a single mistake that nobody has listed would."""
        # Each of a pair leaves right what is right. That a property holds does not say so: it may look at other things.
        reference = Suspect(self._reference, self._reference, self._bank)
        right = [spot for spot in passing if reference.alike(spot, trials[spot[0].id][spot[1]])]
        suspects = [variant for variant in self._variants if self._fits((variant,), right, [], trials)]
        broken = {variant.name: self._broken(variant, failing) for variant in suspects}
        pairs: dict[tuple[str, str], tuple[Variant, Variant]] = {}
        for first, second in itertools.combinations(suspects, 2):
            names = first.id, second.id
            if names[0] == names[1] or names in pairs or len(broken[first.name] | broken[second.name]) < len(failing):
                continue  # what neither of them breaks has another reason
            if self._fits((first, second), everything, [], trials):
                pairs[names] = first, second
        return [pair for pair in pairs.values() if self._is_believable(pair, failing, trials)]

    def _broken(self, variant: Variant, failing: list[Spot]) -> set[int]:
        """The numbers of the failing cases that a variant fails too, in whatever way."""
        suspect = self._suspect((variant,))
        return {number for number, spot in enumerate(failing) if suspect is not None and suspect.breaks(spot)}

    def _is_believable(self, pair: tuple[Variant, Variant], failing: list[Spot], trials: Trials) -> bool:
        """Whether both of a pair are seen, and not only what comes of them together.

        Either each of them explains some failure alone, as one mistake in two places of the code does not; or where
        neither does, the answers tell so much that they are not had by chance: nothing that stayed as it was, is the
        same everywhere, or is no number.
        """
        alone = [any(self._fits((variant,), [spot], [], trials) for spot in failing) for variant in pair]
        if all(alone):
            return True
        faults = [(trials[spot[0].id][spot[1]].fault, spot) for spot in failing]
        return any(
            fault is not None
            and fault.shown is not None
            and not says_nothing(fault.shown[1], fault.case)
            and not any(self._fits((variant,), [spot], [], trials) for variant in pair)
            for fault, spot in faults
        )

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

    def _hung(self, trials: Trials) -> list[Spot]:
        """The first case on which the submission did not come to an end."""
        spots = [
            (property_, index)
            for property_ in self._graded
            for index, trial in enumerate(trials.get(property_.id, []))
            if trial.fault is not None and trial.fault.kind == "timeout"
        ]
        return spots[:1]

    def _fits(
        self,
        variants: tuple[Variant, ...],
        spots: list[Spot],
        hung: list[Spot],
        trials: Trials,
        *,
        closely: bool = True,
    ) -> bool:
        suspect = self._suspect(variants)
        return (
            suspect is not None
            and all(suspect.alike(spot, trials[spot[0].id][spot[1]], closely=closely) for spot in spots)
            and all(suspect.endless(spot, ENDLESS_SECONDS) for spot in hung)
        )

    def _suspect(self, variants: tuple[Variant, ...]) -> Suspect | None:
        names = tuple(variant.name for variant in variants)
        if names not in self._suspects:
            self._suspects[names] = next(self._made(variants), None)
        return self._suspects[names]

    def _made(self, variants: tuple[Variant, ...]) -> Iterator[Suspect]:
        """The variants together, if the edits go together: in this order, or in the other."""
        for order in dict.fromkeys((variants, variants[::-1])):
            edits = tuple(edit for variant in order for edit in variant.edits)
            whole = any(variant.file for variant in order)
            if whole and len(order) > 1:
                continue
            if whole or applicable(self._reference.source, edits):
                wrong = misconceived(self._exercise, self._reference, order)
                try:
                    _ = wrong.module
                except GraderError:
                    continue  # edits that each make sense may make none together
                yield Suspect(wrong, self._reference, self._bank)

    def _named(self, variants: Sequence[Variant], relation: Relation, failing: list[Spot]) -> list[Diagnosed]:
        """Each misconception once, with the first of the failing properties that it breaks on its own."""
        named: dict[str, Diagnosed] = {}
        for variant in variants:
            misconception, suspect = variant.misconception, self._suspect((variant,))
            own = (spot[0].id for spot in failing if suspect is not None and suspect.breaks(spot))
            breaks = next(own, failing[0][0].id)
            named.setdefault(variant.id, Diagnosed(
                misconception.id, misconception.title.text, misconception.explanation.text, misconception.hint.text,
                relation, breaks,
            ))  # fmt: skip
        return list(named.values())
