"""`grade doctor`: what this machine offers, and what that means for grading."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from pathlib import Path

import click

from grader import __version__
from grader.cli.app import EXIT_NOT_PASSED, LANG, common_options
from grader.course import CourseError, open_course
from grader.session import cache_folder
from grader.text import translations
from grader.worker.sandbox import support

_ = translations(LANG).gettext


@click.command("doctor", help=_("Show Python, torch, the sandbox, the course and the cache."))
@common_options
def doctor_command(course: Path | None, lang: str | None) -> None:  # noqa: ARG001  # --lang was read before click
    """Print one line per fact; exit code 1 if grading cannot work."""
    healthy = True
    _fact(_("gradlings"), f"{__version__}  ({Path(__file__).parents[1]})")
    _fact("Python", f"{platform.python_version()}  ({sys.executable})")
    for package in ("torch", "hypothesis", "numpy"):
        try:
            _fact(package, importlib.metadata.version(package))
        except importlib.metadata.PackageNotFoundError:
            _fact(package, _("missing: pip install {package}").format(package=package))
            healthy = False
    offered = support()
    tiers = {
        "full": _("full: submissions are locked in by Landlock and seccomp"),
        "partial": _("partial: submissions are locked in only in part; grade only code that you trust"),
        "none": _("none: submissions run as you would run them yourself; grade only code that you trust"),
    }
    _fact(_("sandbox"), tiers[offered.tier])
    seccomp = _("yes") if offered.seccomp else _("no")
    _fact("", f"{platform.system()} {platform.release()}, Landlock ABI {offered.landlock_abi}, seccomp: {seccomp}")
    for reason in offered.reasons:
        _fact("", reason)
    try:
        opened = open_course(course)
        where = _("bundled") if opened.is_elsewhere else _("found")
        _fact(_("course"), f"{opened.root}  ({where}, {_('{count} exercises').format(count=len(opened.exercises))})")
    except CourseError as error:
        _fact(_("course"), error.text[LANG])
        healthy = False
    banks = [file.stat().st_size for file in (cache_folder() / "banks").glob("*.msgpack")]
    size = _("{count} case banks, {size:.1f} MB").format(count=len(banks), size=sum(banks) / 1e6)
    _fact(_("cache"), f"{cache_folder()}  ({size})")
    _fact(_("language"), LANG)
    if not healthy:
        raise SystemExit(EXIT_NOT_PASSED)


def _fact(name: str, value: str) -> None:
    from rich.cells import cell_len

    click.echo(name + " " * (12 - cell_len(name)) + value)
