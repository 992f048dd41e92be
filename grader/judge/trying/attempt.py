"""What came of trying all properties under one convention."""

from __future__ import annotations

from dataclasses import dataclass, field

from grader.judge.bank.loading import Property, Reference
from grader.judge.trying.trial import Fault, Trial
from grader.text import Text


@dataclass
class Attempt:
    """All properties tried under one convention."""

    reference: Reference
    title: Text | None
    faults: dict[str, Fault] = field(default_factory=dict)
    trials: dict[str, list[Trial]] = field(default_factory=dict)
    blocked: dict[str, str] = field(default_factory=dict)

    def held(self, name: str) -> bool:
        """Whether a property holds."""
        return name not in self.faults and name not in self.blocked

    def unmet(self, one: Property) -> str | None:
        """A property that must hold first and does not."""
        return next((name for name in one.grading.needs if not self.held(name)), None)

    def worth(self, properties: list[Property]) -> tuple[float, int]:
        """Points and stars."""
        held = [one for one in properties if self.held(one.id)]
        return sum(one.grading.points for one in held), sum(one.grading.star for one in held)


def best_first(attempts: list[Attempt], properties: list[Property]) -> list[Attempt]:
    """The attempt that is worth most comes first; of equals the first convention's."""
    return sorted(attempts, key=lambda attempt: attempt.worth(properties), reverse=True)
