"""Tries all properties of an exercise on a subject, under one convention after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from grader.judge.bank.loading import LoadedConvention, Property, Reference
from grader.judge.bank.recording import Bank, BankedCase
from grader.judge.trying.trial import Fault, Trial, first_fault


class Subject(Protocol):
    """What properties are tried on: a submission in workers, or a variant of a reference in this process."""

    @property
    def stuck(self) -> bool:
        """Whether nothing more is to be had from it, whatever the property and the convention."""

    def try_property(
        self, property_: Property, reference: Reference, cases: list[BankedCase], *, onwards: bool, last: bool = False
    ) -> list[Trial]:
        """Its trials up to the first case on which it fails; with `onwards`, as far as they can be had.

        `last` says that no other property follows.
        """


@dataclass
class Comparison:
    """All properties tried under one convention."""

    convention: LoadedConvention
    faults: dict[str, Fault] = field(default_factory=dict)
    trials: dict[str, list[Trial]] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)
    complete: bool = False
    """Whether the cases after the first that fails were tried as well, as the diagnosis wants them."""

    def held(self, name: str) -> bool:
        """Whether a property was tried and holds."""
        return name in self.trials and name not in self.faults

    def unmet(self, property_: Property) -> str | None:
        """A property that must hold first and does not."""
        return next((name for name in property_.grading.needs if not self.held(name)), None)

    def worth(self, properties: Sequence[Property]) -> tuple[float, int]:
        """Points and stars."""
        held = [property_ for property_ in properties if self.held(property_.id)]
        return sum(property_.grading.points for property_ in held), sum(property_.grading.star for property_ in held)

    def may_be_worth(self, properties: Sequence[Property]) -> tuple[float, int]:
        """What it can still come to, if all that was not tried yet holds."""
        left = [each for each in properties if each.id not in self.faults and each.id not in self.blocked]
        return sum(each.grading.points for each in left), sum(each.grading.star for each in left)

    @property
    def unwritten(self) -> bool:
        """Whether everything that fails does so because it is not written yet."""
        return bool(self.faults) and all(fault.kind == "unwritten" for fault in self.faults.values())


def compare(
    subject: Subject, properties: Sequence[Property], conventions: Sequence[LoadedConvention],
    bank_of: Callable[[Reference], Bank], *, onwards: bool = True, status_only: bool = False,
) -> list[Comparison]:  # fmt: skip
    """Look for a convention that holds; all that were tried, the best first.

    Where there are several, or without `onwards`, each is tried up to its first failures, and given up once it cannot
    be better than one before: `go_on` asks for the rest. With `status_only`, it is given up at the first graded
    property that fails.
    """
    whole = onwards and not status_only and len(conventions) == 1
    comparisons: list[Comparison] = []
    lawful: dict[str, list[Trial]] = {}
    for convention in conventions:
        comparison = Comparison(convention, complete=whole)
        bank = bank_of(convention.reference)
        best = max((comparison.worth(properties) for comparison in comparisons), default=None)
        for property_ in properties:
            known = lawful.get(property_.id)
            _try(subject, property_, comparison, bank, onwards=whole, last=property_ is properties[-1], known=known)
            trials = comparison.trials.get(property_.id, [])
            if trials and all(trial.lawful for trial in trials):
                lawful[property_.id] = trials
            if property_.id in comparison.faults and status_only and not property_.grading.star:
                break
            if best is not None and comparison.may_be_worth(properties) <= best:
                break
        comparisons.append(comparison)
        if not comparison.faults or subject.stuck or comparison.unwritten:
            break
    return sorted(comparisons, key=lambda comparison: comparison.worth(properties), reverse=True)


def go_on(subject: Subject, properties: Sequence[Property], comparison: Comparison, bank: Bank) -> None:
    """Try everything to the end: the diagnosis looks at every answer that can be had."""
    if comparison.complete:
        return
    comparison.complete = True
    for property_ in properties:
        fault = comparison.faults.get(property_.id)
        if fault is not None and not fault.final and not property_.grading.star:
            comparison.trials[property_.id] = subject.try_property(
                property_, comparison.convention.reference, bank[property_.id], onwards=True
            )
        elif property_.id not in comparison.trials:
            _try(subject, property_, comparison, bank, onwards=True)


def _try(
    subject: Subject, property_: Property, comparison: Comparison, bank: Bank, *, onwards: bool, last: bool = False,
    known: list[Trial] | None = None,
) -> None:  # fmt: skip
    """Try a property unless another one that must hold first does not; stars are for style, and never tried onwards.

    `known` are its trials under another convention, where they asked no reference.
    """
    unmet = comparison.unmet(property_)
    if unmet is not None:
        comparison.blocked[property_.id] = unmet
        return
    trials = known or subject.try_property(
        property_, comparison.convention.reference, bank[property_.id],
        onwards=onwards and not property_.grading.star, last=last,
    )  # fmt: skip
    comparison.trials[property_.id] = trials
    fault = first_fault(trials)
    if fault is not None:
        comparison.faults[property_.id] = fault
