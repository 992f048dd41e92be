"""Puts the pieces of a proof together: what holds, what does not, whether all is proved. Imports no torch."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from grader.judge.proof.results import Fact, MutantFate, ProofResult, Tried


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


def proof(exercise: str, pieces: Sequence[ProofResult], seeds: int) -> Proof:
    """The proof that the pieces make."""
    mutants = [one for piece in pieces for one in piece.mutants]
    fates = Counter[str](one.fate for one in mutants)
    about = next((piece for piece in pieces if piece.names), ProofResult(exercise))
    facts = [
        *_merged([fact for piece in pieces for fact in piece.facts]),
        *_about_mutants(mutants, fates),
        *_about_properties(about, [one for piece in pieces for one in piece.tried]),
    ]
    return Proof(
        exercise, all(fact.holds for fact in facts), seeds, facts, about.properties, about.stars, about.misconceptions,
        len(mutants), fates["killed"] + fates["unloadable"], fates["equivalent"], fates["survived"], about.margin,
        round(sum(piece.seconds for piece in pieces), 1),
    )  # fmt: skip


def _merged(facts: list[Fact]) -> list[Fact]:
    """Facts of one name as one: it holds if it holds under every seed; details are those of where it does not."""
    names = dict.fromkeys(fact.name for fact in facts)
    merged = []
    for name in names:
        same = [fact for fact in facts if fact.name == name]
        wrong = [fact for fact in same if not fact.holds]
        details = dict.fromkeys(fact.detail for fact in wrong or same[:1] if fact.detail)
        times = f"{len(wrong)} of {len(same)} times" if wrong and len(same) > 1 else ""
        detail = "; ".join([*([times] if times else []), *list(details)[:3]]) if wrong or len(same) == 1 else ""
        merged.append(Fact(name, not wrong, detail))
    return merged


def _about_mutants(mutants: list[MutantFate], fates: Mapping[str, int]) -> list[Fact]:
    survivors = [Fact(f"mutant survives: {one.name}", holds=False, detail=one.operator) for one in mutants
                 if one.fate == "survived"]  # fmt: skip
    if survivors or not mutants:
        return survivors
    dead = fates["killed"] + fates["unloadable"]
    detail = f"{len(mutants)}: {dead} dead, {fates['equivalent']} equivalent, each with its reason"
    return [Fact("every mutant is dead or explained", holds=True, detail=detail)]


def _about_properties(about: ProofResult, tried: list[Tried]) -> list[Fact]:
    """Whether each property catches something that no other does, or says why it is there all the same.

    For a property with points only others with points count: a star costs nothing.
    """
    stars = set(about.star_names)
    alone: dict[str, set[str]] = defaultdict(set)
    for one in tried:
        for killers in (one.killers, [name for name in one.killers if name not in stars]):
            if len(killers) == 1:
                alone[killers[0]].add(one.variant)
    facts = []
    for name in about.names:
        claim = f"{name} catches what no other property does"
        if alone[name]:
            facts.append(Fact(claim, holds=True, detail=f"{len(alone[name])} variants"))
        elif name in about.teaching:
            facts.append(Fact(f"{name} teaches", holds=True, detail=about.teaching[name]))
        else:
            detail = "every variant that it catches is caught by others too; drop it or mark it as teaching"
            facts.append(Fact(claim, holds=False, detail=detail))
    return facts
