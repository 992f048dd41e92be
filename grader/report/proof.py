"""Proofs of exercises for people: a line per fact, a table at the end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Self

import msgspec
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from grader.judge.proof.results import Fact
from grader.judge.proof.scheduling import Watcher
from grader.judge.proof.verdict import Proof
from grader.text import translations


def to_json(proofs: Sequence[Proof], *, lang: str) -> bytes:
    """An array with an object per exercise; facts are named in the reader's language."""
    objects = [
        {**msgspec.to_builtins(proof), "facts": [
            {"name": fact.name[lang], "holds": fact.holds, "detail": fact.explained(lang)} for fact in proof.facts
        ]} for proof in proofs
    ]  # fmt: skip
    for object_ in objects:
        if object_["margin"] is not None and not math.isfinite(object_["margin"]):
            object_["margin"] = "Infinity"  # JSON has no such number
    return msgspec.json.format(msgspec.json.encode(objects), indent=2) + b"\n"


class ProofPrinter(Watcher):
    """Prints each fact as it is found, under a bar with the time that is left where there is a terminal.

    A fact that holds under one seed and not under another is printed again. Use it as a context.
    """

    def __init__(self, console: Console, *, lang: str, several: bool) -> None:
        self._console, self._lang, self._several = console, lang, several
        self._said: set[tuple[str, str, bool]] = set()
        columns = BarColumn(), TaskProgressColumn(), TimeRemainingColumn(compact=True), TextColumn("{task.description}")
        self._bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._bar.stop()

    def begun(self, work: float) -> None:
        """Show the bar."""
        self._task = self._bar.add_task("", total=work)

    def found(self, exercise: str, facts: Sequence[Fact], work: float) -> None:
        """Print what is new."""
        for fact in facts:
            self._print(exercise, fact)
        if self._task is not None:
            self._bar.update(self._task, advance=work, description=exercise)

    def proved(self, proof: Proof) -> None:
        """Print what follows from all pieces together."""
        for fact in proof.facts:
            self._print(proof.exercise, fact)

    def _print(self, exercise: str, fact: Fact) -> None:
        name = exercise, fact.name["en"]
        if (*name, fact.holds) in self._said or (fact.holds and (*name, False) in self._said):
            return
        self._said.add((*name, fact.holds))
        mark, style = ("✓", "green") if fact.holds else ("✗", "red")
        line = Text(f"  {mark} ", style=style)
        if self._several:
            line.append(f"{exercise.rpartition('/')[2]}  ", style="bold")
        line.append(fact.name[self._lang], style="" if fact.holds else "red")
        if detail := fact.explained(self._lang):
            line.append(f" ({detail})", style="dim" if fact.holds else "")
        self._console.print(line, soft_wrap=True)


def print_table(proofs: Sequence[Proof], console: Console, *, lang: str) -> None:
    """A row per exercise, and what falls short."""
    _ = translations(lang).gettext
    table = Table(box=None, pad_edge=False, collapse_padding=True, header_style="bold")
    table.add_column(_("exercise"), no_wrap=True)
    heads = (
        _("props"),
        "★",
        _("wrong"),
        _("mutants"),
        _("dead"),
        _("equiv."),
        _("alive"),
        _("margin"),
        _("seconds"),
        "",
    )
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
        detail = f" ({fact.explained(lang)})" if fact.explained(lang) else ""
        console.print(Text(f"  {exercise}: {fact.name[lang]}{detail}"), soft_wrap=True)
