"""The report for people: readable at 80 columns, without colour, and when piped."""

from __future__ import annotations

import shlex
from typing import Final

from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.text import Text

from grader.report.model import PropertyReport, Report, escaped
from grader.report.numbers import digits_between, named_lines, value_lines
from grader.text import translations

WIDTH: Final = 80
LINES: Final = 40
"""How many lines of one value, or of one traceback, are shown."""

_MARKS: Final = {"passed": "✓", "failed": "✗", "crashed": "!", "timeout": "!", "blocked": "·"}
_STYLES: Final = {"passed": "green", "failed": "red", "crashed": "red", "timeout": "red", "blocked": "dim"}


def make_console() -> Console:
    """Standard output: at most 80 columns, no wrapping of what is already laid out."""
    console = Console(highlight=False, soft_wrap=False)
    if console.width > WIDTH:
        console.width = WIDTH
    return console


def render(report: Report, console: Console, *, lang: str, verbose: bool = False, advice: bool = True) -> None:
    """Print the report: a line per property, details of the first failure (of all with `verbose`), advice."""
    renderer = _Renderer(console, lang, verbose)
    renderer.show(report)
    if advice:
        renderer.advise(report)


class _Renderer:
    def __init__(self, console: Console, lang: str, verbose: bool) -> None:  # noqa: FBT001  # internal
        self._console, self._verbose = console, verbose
        self._ = translations(lang).gettext
        self._told: set[str] = set()

    def show(self, report: Report) -> None:
        self._headline(report)
        self._prerequisites(report)
        if report.problem is not None:
            self._problem(report)
        elif report.properties:
            self._properties(report)
        self._verdict(report)

    def _headline(self, report: Report) -> None:
        score = f"{report.score:g}/{report.max_score:g}"
        if report.max_stars and report.properties:
            score += f"  ★ {report.stars}/{report.max_stars}"
        style = "bold green" if report.status == "passed" else "bold"
        self._console.print()
        self._line("", f"{report.title}  ({report.exercise})", score, style)
        self._console.print()

    def _prerequisites(self, report: Report) -> None:
        """What the submission builds on and does not pass yet comes first: the rest may follow from it."""
        _ = self._
        words = {"failed": _("fails"), "not_started": _("is not started yet"), "invalid": _("cannot be graded")}
        missing = [prerequisite for prerequisite in report.prerequisites if prerequisite.status != "passed"]
        for prerequisite in missing:
            sentence = _("It imports {title} ({path}), which {status}.")
            status = words.get(prerequisite.status, prerequisite.status)
            self._paragraph(
                sentence.format(title=prerequisite.title, path=escaped(prerequisite.path), status=status), "yellow"
            )
        if missing and report.status != "passed":
            name = missing[0].exercise.rpartition("/")[2]
            self._paragraph(
                _("Begin there: `grade exercise {name}`. What fails below may come from it.").format(name=name)
            )
            self._console.print()

    def _line(self, mark: str, title: str, right: str, style: str = "", indent: int = 0) -> None:
        """A title at the left, which may take several lines, and a figure at the right edge."""
        prefix = " " * indent + (f"{mark} " if mark else "")
        room = self._console.width - cell_len(prefix) - cell_len(right) - 2
        lines = Text(title).wrap(self._console, room)
        for number, part in enumerate(lines):
            part.rstrip()
            text = Text(prefix if number == 0 else " " * cell_len(prefix), style=style)
            text.append(part.plain)
            if number == 0 and right:
                text.append(" " * (self._console.width - cell_len(text.plain) - cell_len(right)) + right)
            self._console.print(text)

    def _problem(self, report: Report) -> None:
        _ = self._
        heads = {
            "not_started": _("Not started yet"),
            "invalid": _("Cannot be graded"),
            "grader_error": _("The grader failed; this says nothing about your code"),
        }
        head = heads.get(report.status, report.status)
        self._paragraph(
            _("{head}: {problem}").format(head=head, problem=report.problem),
            "red" if report.status != "not_started" else "",
        )
        if report.traceback:
            self._console.print()
            for line in report.traceback.splitlines():
                self._console.print(Text("  " + line), overflow="fold")
        if report.status == "grader_error":
            self._paragraph(_("Please report it, with the output of `grade doctor`."))

    def _properties(self, report: Report) -> None:
        graded = [property_ for property_ in report.properties if not property_.star]
        stars = [property_ for property_ in report.properties if property_.star]
        failed = ("failed", "crashed", "timeout")
        shown = next((property_ for property_ in graded + stars if property_.status in failed), None)
        waiting: dict[str, list[PropertyReport]] = {}
        for property_ in graded:
            if property_.status == "blocked" and not self._verbose:
                waiting.setdefault(property_.message or "", []).append(property_)
            else:
                self._property(property_, detailed=self._verbose or property_ is shown)
        for several in waiting.values():
            self._waiting(several)
        if stars:
            self._console.print()
            self._console.print(Text("  " + self._("Stars (worth no points):")))
            for property_ in stars:
                self._property(property_, detailed=self._verbose or property_ is shown)

    def _waiting(self, properties: list[PropertyReport]) -> None:
        """Properties that wait for the same one: what for, in one line, and as much of their titles as fits into it."""
        [first, *others] = properties
        if not others:
            self._property(first, detailed=False)
            return
        worth = sum(property_.max_points for property_ in properties)
        message = self._("{count} more {problem}").format(count=len(properties), problem=first.message)
        self._line(_MARKS["blocked"], message, f"0/{worth:g}", _STYLES["blocked"], indent=2)
        titles = Text(self._("; ").join(property_.title for property_ in properties), style=_STYLES["blocked"])
        titles.truncate(self._console.width - 6, overflow="ellipsis")
        self._console.print(Text(" " * 6) + titles)

    def _property(self, property_: PropertyReport, *, detailed: bool) -> None:
        if property_.star:
            mark, right = ("★" if property_.status == "passed" else "☆"), ""
            style = "yellow" if property_.status == "passed" else ""
        else:
            mark, right = _MARKS[property_.status], f"{property_.points:g}/{property_.max_points:g}"
            style = _STYLES[property_.status]
        self._line(mark, property_.title, right, style, indent=2)
        if property_.status == "passed" or (property_.star and not detailed):
            return
        words = {"crashed": self._("crashed"), "timeout": self._("timed out")}
        message = property_.message or ""
        if property_.status in ("crashed", "timeout") and message in self._told:
            message = self._("as above")
        self._told.add(message)
        if property_.status == "blocked":
            message = self._("blocked: {problem}").format(problem=message)
        elif property_.status in words:
            message = self._("{head}: {problem}").format(head=words[property_.status], problem=message)
        self._paragraph(message, indent=6)
        if detailed:
            self._details(property_)

    def _details(self, property_: PropertyReport) -> None:
        _ = self._
        labels = [_("input"), _("expected"), _("yours"), _("printed"), _("where")]
        width = max(cell_len(label) for label in labels) + 2
        room = self._console.width - 6 - width
        blocks: list[tuple[str, list[str]]] = []
        for name, value in (property_.counterexample or {}).items():
            blocks.append((labels[0] if not blocks else "", named_lines(name, value, room)))
        expected, actual = property_.expected, property_.actual
        digits = digits_between(expected, actual)
        if expected is not None:
            blocks.append((labels[1], value_lines(expected, room, digits)))
        if actual is not None:
            blocks.append((labels[2], value_lines(actual, room, digits)))
        if property_.prints:
            blocks.append((labels[3], property_.prints.rstrip("\n").splitlines()))
        if property_.traceback:
            blocks.append((labels[4], property_.traceback.splitlines()))
        for label, lines in blocks:
            folded = [part for line in lines[:LINES] for part in _folded(line, room)]
            if len(lines) > LINES:
                folded.append(_("… ({count} more lines)").format(count=len(lines) - LINES))
            for number, line in enumerate(folded):
                head = label if number == 0 else ""
                self._console.print(Text(f"      {head}{' ' * (width - cell_len(head))}{line}"))
        self._console.print()

    def _paragraph(self, text: str, style: str = "", indent: int = 2) -> None:
        for part in text.split("\n"):
            for line in Text(part).wrap(self._console, self._console.width - indent):
                line.rstrip()
                self._console.print(Text(" " * indent + line.plain, style=style))

    def _verdict(self, report: Report) -> None:
        _ = self._
        self._console.print()
        if report.convention:
            sentence = (
                _("Convention followed: {name}")
                if report.status == "passed"
                else _("Compared with one of several forms that are right: {name}")
            )
            self._paragraph(sentence.format(name=report.convention))
        if report.status == "passed":
            self._paragraph(_("Passed."), "bold green")
        if report.diagnosis:
            self._diagnosis(report)
        elif report.hint is not None:
            self._paragraph(_("Hint {level}: {text}").format(level=report.hint.level, text=report.hint.text))

        for sentence in report.notes:
            self._paragraph(_("Note: {text}").format(text=sentence), "yellow")

    def _diagnosis(self, report: Report) -> None:
        """The misconception that explains the failure, where it shows in this output, and its own hint."""
        _ = self._
        relation = report.diagnosis[0].relation
        if relation == "together":
            self._paragraph(_("Two things together explain every answer of yours:"), "bold")
        elif relation == "alternative":
            self._paragraph(_("Each of these would explain every answer of yours:"), "bold")
        broken = {property_.id: property_ for property_ in report.properties}
        for diagnosis in report.diagnosis:
            shown = broken[diagnosis.breaks]
            self._paragraph(_("Diagnosis: {title}").format(title=diagnosis.title), "bold")
            self._paragraph(diagnosis.explanation, indent=4)
            self._paragraph(_("It shows in: {title}").format(title=shown.title), indent=4)
            self._paragraph(_("Hint: {text}").format(text=diagnosis.hint), indent=4)
            self._console.print()

    def advise(self, report: Report) -> None:
        """Say which command helps on."""
        _ = self._
        name = report.exercise.rpartition("/")[2]
        if report.hint is not None and report.hint.more:
            self._paragraph(_("More: `grade hint {name}`").format(name=name), "dim")
        if report.status == "not_started":
            self._paragraph(_("Write your code in {path}, then run `grade exercise {name}`.").format(
                path=escaped(report.submission.path), name=name))  # fmt: skip
        if report.debug_script:
            self._paragraph(_("To step through it: python -m pdb {path}").format(path=shlex.quote(report.debug_script)))
        if report.sandbox in ("partial", "none") and report.properties and report.problem is None:
            self._paragraph(_("Sandbox: {tier}; see `grade doctor`.").format(tier=report.sandbox), "dim")


def _folded(line: str, room: int) -> list[str]:
    """A line of code or output cut to the columns there are, each further part under the first."""
    parts = chop_cells(line, room)
    return parts or [""]
