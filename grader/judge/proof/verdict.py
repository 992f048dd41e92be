"""Puts the pieces of a proof together: what holds, what does not, whether all is proved. Imports no torch."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from grader.judge.proof.results import Fact, MutantFate, ProofResult, Tried
from grader.text import both


class Proof(msgspec.Struct, frozen=True):
    """All that was found of an exercise. `seconds` is work, not waiting: two cores do two seconds of it in one."""

    exercise: str
    proved: bool
    seeds: int
    facts: list[Fact]
    properties: int
    stars: int
    misconceptions: int
    mutants: int
    killed: int
    equivalent: int
    survived: int
    margin: float | None
    seconds: float
    sampled: bool = False
    """Whether only a spread of the mutants was tried: `proved` means then that a spot check found nothing."""


def proof(exercise: str, pieces: Sequence[ProofResult], seeds: int, *, sampled: bool = False) -> Proof:
    """The proof that the pieces make; of a sample of the mutants it does not follow what a property is worth."""
    mutants = [mutant for piece in pieces for mutant in piece.mutants]
    fates = Counter[str](mutant.fate for mutant in mutants)
    about = next((piece for piece in pieces if piece.names), ProofResult(exercise))
    facts = [
        *_merged([fact for piece in pieces for fact in piece.facts]),
        *_about_mutants(mutants, fates),
        *([] if sampled else _about_properties(about, [wrong for piece in pieces for wrong in piece.tried])),
    ]
    return Proof(
        exercise, all(fact.holds for fact in facts), seeds, facts, about.properties, about.stars, about.misconceptions,
        len(mutants), fates["killed"] + fates["unloadable"], fates["equivalent"], fates["survived"], about.margin,
        round(sum(piece.seconds for piece in pieces), 1), sampled,
    )  # fmt: skip


def _merged(facts: list[Fact]) -> list[Fact]:
    """Facts of one name as one: it holds if it holds under every seed; details are those of where it does not."""
    merged = []
    for name in dict.fromkeys(fact.name["en"] for fact in facts):
        same = [fact for fact in facts if fact.name["en"] == name]
        wrong = [fact for fact in same if not fact.holds]
        details = dict.fromkeys(fact.detail for fact in wrong or same[:1] if fact.detail)
        times = f"{len(wrong)}/{len(same)}" if wrong and len(same) > 1 else ""
        detail = "; ".join([*([times] if times else []), *list(details)[:3]]) if wrong or len(same) == 1 else ""
        merged.append(Fact(same[0].name, not wrong, detail, wrong[0].cause if wrong else {}))
    return merged


def _about_mutants(mutants: list[MutantFate], fates: Mapping[str, int]) -> list[Fact]:
    alive = [mutant for mutant in mutants if mutant.fate == "survived"]
    survivors = [
        Fact(both("mutant survives: {name}", name=mutant.name), holds=False, detail=mutant.operator) for mutant in alive
    ]
    if survivors or not mutants:
        return survivors
    dead = fates["killed"] + fates["unloadable"]
    detail = f"{dead} + {fates['equivalent']}"
    return [Fact(both("every mutant is dead or explained"), holds=True, detail=detail)]


def _about_properties(about: ProofResult, tried: list[Tried]) -> list[Fact]:
    """Whether each property catches something that no other does, or says why it is there all the same.

    For a property with points only others with points count: a star costs nothing.
    """
    stars = set(about.star_names)
    alone: dict[str, set[str]] = defaultdict(set)
    for wrong in tried:
        for killers in (wrong.killers, [name for name in wrong.killers if name not in stars]):
            if len(killers) == 1:
                alone[killers[0]].add(wrong.variant)
    facts = []
    for name in about.names:
        if alone[name]:
            claim = both("{name} catches what no other property does", name=name)
            facts.append(Fact(claim, holds=True, detail=f"{len(alone[name])}"))
        elif name in about.teaching:
            facts.append(Fact(both("{name} teaches", name=name), holds=True, detail=about.teaching[name]))
        else:
            claim = both("{name} catches only what others catch too: drop it, or mark it as teaching", name=name)
            facts.append(Fact(claim, holds=False))
    return facts
