"""`grade doctor`: what this machine offers, and what that means for grading.

The one command that must work where nothing else does: each fact is found out on its own, and whatever goes wrong in
that is what there is to say about it.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import platform
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from grader import __version__
from grader.cli.app import ASKED, EXIT_NOT_PASSED, LANG, common_options
from grader.cli.terminal import encoding
from grader.course import open_course
from grader.formats import CourseError
from grader.text import translations

if TYPE_CHECKING:
    from grader.worker.sandbox import Reason

_ = translations(LANG).gettext

_PACKAGES: Final = ("torch", "hypothesis", "numpy")


@dataclass(frozen=True, slots=True)
class _Fact:
    """A name, and what tells the lines that belong to it; grading cannot work without what is `vital`."""

    name: str
    tell: Callable[[], Iterator[str]]
    vital: bool = False


class _Bad(Exception):
    """What there is to say is not good."""


@click.command("doctor", help=_("Show Python, torch, the sandbox, the course and the cache."))
@common_options
def doctor_command(course: Path | None, lang: str | None) -> None:  # noqa: ARG001  # --lang was read before click
    """Print one line per fact; exit code 1 if grading cannot work."""
    facts = [
        _Fact(_("gradlings"), _gradlings),
        _Fact("Python", _python),
        *(_Fact(package, partial(_package, package), vital=True) for package in _PACKAGES),
        _Fact(_("sandbox"), _sandbox),
        _Fact(_("course"), partial(_course, course), vital=True),
        _Fact(_("progress"), partial(_progress, course)),
        _Fact(_("cache"), _cache),
        _Fact(_("language"), _language),
    ]
    healthy = [_print(fact) for fact in facts]
    if not all(healthy):
        raise SystemExit(EXIT_NOT_PASSED)


def _print(fact: _Fact) -> bool:
    """Print a fact, and whether grading can work as far as it goes."""
    name, good = fact.name, True
    try:
        for line in fact.tell():
            _line(name, line)
            name = ""
    except _Bad as error:
        _line(name, str(error))
        good = not fact.vital
    except CourseError as error:
        _line(name, error.text[LANG])
        good = not fact.vital
    except Exception as error:  # noqa: BLE001, RUF100  # that is what this command is for
        _line(name, _("cannot be told: {error}").format(error=f"{type(error).__name__}: {error}"))
        good = not fact.vital
    return good


def _line(name: str, value: str) -> None:
    try:
        from rich.cells import cell_len

        width = cell_len(name)
    except ImportError:
        width = len(name)
    click.echo(name + " " * (12 - width) + value)


def _gradlings() -> Iterator[str]:
    yield f"{__version__}  ({Path(__file__).parents[1]})"


def _python() -> Iterator[str]:
    yield f"{platform.python_version()}  ({sys.executable})"


def _package(name: str) -> Iterator[str]:
    try:
        yield importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        if importlib.util.find_spec(name) is None:
            raise _Bad(_("missing: pip install {package}").format(package=name)) from None
        yield _("installed, in an unknown version")


def _sandbox() -> Iterator[str]:
    from grader.worker.sandbox import support

    offered = support()
    tiers = {
        "full": _("full: submissions are locked in by Landlock and seccomp"),
        "partial": _("partial: submissions are locked in only in part; grade only code that you trust"),
        "none": _("none: submissions run as you would run them yourself; grade only code that you trust"),
    }
    yield tiers[offered.tier]
    seccomp = _("yes") if offered.seccomp else _("no")
    yield f"{platform.system()} {platform.release()}, Landlock ABI {offered.landlock_abi}, seccomp: {seccomp}"
    yield from map(_sentence, offered.reasons)


def _sentence(reason: Reason) -> str:
    sentences = {
        "platform": _("there is no Landlock and no seccomp on {detail}"),
        "module": _("there is no {detail} on this platform"),
        "package": _("{detail} is missing or does not load: pip install {detail}"),
        "no landlock": _("the kernel has no Landlock, or it is switched off"),
        "old landlock": _("the kernel's Landlock, ABI {detail}, does not confine signals; that came with ABI 6"),
        "landlock": _("Landlock cannot be asked: {detail}"),
        "no seccomp": _("the kernel has no seccomp filters"),
        "seccomp": _("seccomp cannot be asked: {detail}"),
    }
    return sentences[reason.kind].format(detail=reason.detail)


def _course(option: Path | None) -> Iterator[str]:
    opened = open_course(option)
    where = _("bundled") if opened.is_elsewhere else _("found")
    count = _("{count} exercises").format(count=len(opened.exercises))
    yield f"{opened.root}  ({where}, {count})"
    for exercise in opened.exercises:
        exercise.about, exercise.answers  # noqa: B018  # read, so that a broken file is said here


def _progress(option: Path | None) -> Iterator[str]:
    from grader.progress import Progress

    progress = Progress.of(open_course(option))
    tried = progress.best()
    if progress.trouble is not None:
        raise _Bad(progress.trouble[LANG])
    yield _("{count} exercises tried").format(count=len(tried))


def _language() -> Iterator[str]:
    if ASKED == LANG:
        yield LANG
    else:
        yield _("{lang} ({asked} was asked for, but the output's encoding, {encoding}, has no Chinese)").format(
            lang=LANG, asked=ASKED, encoding=encoding()
        )


def _cache() -> Iterator[str]:
    import tempfile

    import platformdirs

    from grader.judge.bank.store import Store

    folder = platformdirs.user_cache_path("gradlings")
    stores = [Store(folder / name) for name in ("banks", "passed", "proofs")]
    size = sum(store.size() for store in stores) / 1e6
    kept = _("{banks} case banks, {proofs} pieces of proofs, {size:.1f} MB").format(
        banks=len(stores[0]), proofs=len(stores[2]), size=size
    )
    yield f"{folder}  ({kept})"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as stream:
            stream.write(bytes(4096))
    except OSError as error:
        yield _("it cannot be written ({error}); grading works, but begins from nothing each time").format(
            error=error.strerror or error
        )
