"""Mutants that are as right as the reference: an author enters them with a reason."""

from __future__ import annotations

from collections.abc import Sequence

from grader.formats import Equivalent
from grader.judge.proof.mutation import Mutant


def entry_for(mutant: Mutant, entries: Sequence[Equivalent]) -> Equivalent | None:
    """The entry that explains a mutant, if there is one."""
    for entry in entries:
        if entry.line == mutant.before and mutant.after in entry.mutants and entry.where in (None, mutant.where):
            return entry
    return None


def stale_entries(found: Sequence[Mutant], entries: Sequence[Equivalent]) -> list[str]:
    """Entries that no mutant answers to: the reference has changed, and they would rot silently."""
    return [
        f"{entry.line}  →  {after}"
        for entry in entries
        for after in entry.mutants
        if not any(entry_for(mutant, (entry,)) and mutant.after == after for mutant in found)
    ]
