"""Proofs of exercises for people: a line per fact, a table at the end."""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.judge.proof.verdict import Proof
from grader.text import translations


def to_json(proofs: Sequence[Proof], *, lang: str) -> bytes:
    """An array with an object per exercise; facts are named in the reader's language."""
    objects = [
        {**msgspec.to_builtins(proof), "facts": [
            {"name": fact.name[lang], "holds": fact.holds, "detail": fact.detail} for fact in proof.facts
        ]} for proof in proofs
    ]  # fmt: skip
    for object_ in objects:
        if object_["margin"] is not None and not math.isfinite(object_["margin"]):
            object_["margin"] = "Infinity"  # JSON has no such number
    return msgspec.json.format(msgspec.json.encode(objects), indent=2) + b"\n"


def print_proof(proof: Proof, console: Console, *, lang: str) -> None:
    """The facts of one exercise, those that do not hold in red."""
    console.print()
    console.print(Text(proof.exercise, style="bold"))
    for fact in proof.facts:
        mark, style = ("✓", "green") if fact.holds else ("✗", "red")
        line = Text(f"  {mark} ", style=style)
        line.append(fact.name[lang], style="" if fact.holds else "red")
        if fact.detail:
            line.append(f" ({fact.detail})", style="dim" if fact.holds else "")
        console.print(line, soft_wrap=True)


def print_table(proofs: Sequence[Proof], console: Console, *, lang: str) -> None:
    """A row per exercise, and what falls short."""
    _ = translations(lang).gettext
    table = Table(box=None, pad_edge=False, collapse_padding=True, header_style="bold")
    table.add_column(_("exercise"), no_wrap=True)
    heads = (_("props"), "★", _("wrong"), _("mutants"), _("dead"), _("equiv."), _("alive"), _("margin"), "s", "")
    for head in heads:
        table.add_column(head, justify="right")
    for proof in proofs:
        margin = "—" if proof.margin is None else f"{proof.margin:.0f}".replace("inf", "∞")
        figures = (
            proof.properties, proof.stars, proof.misconceptions, proof.mutants, proof.killed, proof.equivalent,
            proof.survived,
        )  # fmt: skip
        name = proof.exercise.rpartition("/")[2]
        verdict = Text("✓", style="green") if proof.proved else Text("✗", style="red")
        table.add_row(name, *map(str, figures), margin, f"{proof.seconds:.0f}", verdict)
    console.print()
    console.print(table)
    short = [(proof.exercise, fact) for proof in proofs for fact in proof.facts if not fact.holds]
    console.print()
    sampled = sum(proof.sampled for proof in proofs)
    if not short and sampled:
        text = _(
            "Nothing falls short in {count} exercises; of {sampled} only some mutants were tried, which proves nothing."
        )
        console.print(text.format(count=len(proofs), sampled=sampled))
        return
    if not short:
        console.print(_("All {count} exercises are proved.").format(count=len(proofs)))
        return
    console.print(_("{count} facts fall short:").format(count=len(short)), style="red")
    for exercise, fact in short:
        detail = f" ({fact.detail})" if fact.detail else ""
        console.print(Text(f"  {exercise}: {fact.name[lang]}{detail}"), soft_wrap=True)
