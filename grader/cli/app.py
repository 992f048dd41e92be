"""What all commands share: language, course, names, errors."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

import click

from grader.cli.terminal import prints_chinese
from grader.course import Course, Exercise, find_root, open_course
from grader.formats import CourseError
from grader.text import LANGUAGES, Text, language, translations

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

EXIT_NOT_PASSED: Final = 1
EXIT_USAGE: Final = 2
EXIT_GRADER_ERROR: Final = 3


def _asked_language() -> str | None:
    """--lang before click has parsed anything: help texts are in that language too. The last one is the nearest."""
    asked = None
    for word, following in zip(sys.argv, [*sys.argv[1:], None], strict=True):
        if word == "--":
            break
        if word == "--lang" and following is not None:
            asked = following
        elif word.startswith("--lang="):
            asked = word.partition("=")[2]
    return asked


ASKED: Final = language(_asked_language())
LANG: Final = ASKED if prints_chinese() else "en"  # English can be read on every terminal
_ = translations(LANG).gettext


def complete_exercise(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:  # noqa: ARG001  # click's signature
    """Names of exercises that begin like this, for the shell."""
    from click.shell_completion import CompletionItem

    try:
        exercises = open_course(ctx.params.get("course")).exercises
    except CourseError:
        return []
    return [
        CompletionItem(name, help=exercise.title[LANG])
        for exercise in exercises
        for name in (exercise.name, exercise.id)
        if (incomplete and name.startswith(incomplete)) or (not incomplete and name == exercise.name)
    ]


if TYPE_CHECKING:
    _ParamType = click.ParamType[str]
else:  # in click 8.1 it takes no type
    _ParamType = click.ParamType


class Language(_ParamType):
    """A language, however its locale is spelled: zh, zh_CN.UTF-8, en-GB."""

    name = "|".join(LANGUAGES)

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The language that it begins with."""
        found = next((known for known in LANGUAGES if value.lower().startswith(known)), None)
        if found is None:
            sentence = _("{value!r} is no language here; there are {known}")
            self.fail(sentence.format(value=value, known=", ".join(LANGUAGES)), param, ctx)
        return found


def _nearest_course(ctx: click.Context, _param: click.Parameter, value: Path | None) -> Path | None:
    """The command's own --course, else that of the group it belongs to, and so on upwards."""
    if value is None:
        return ctx.parent.params.get("course") if ctx.parent else None
    if not ctx.resilient_parsing:  # the shell asking for names gets none, and no error
        try:
            find_root(value, value)
        except CourseError as error:
            fail(error.text)
    return value


def common_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """--course and --lang, for every command and group: what is said nearest counts."""
    function = click.option(
        "--course", type=click.Path(path_type=Path), callback=_nearest_course,
        help=_("The folder of the course (default: found from here upwards)."),
    )(function)  # fmt: skip
    return click.option("--lang", type=Language(), help=_("Language (default: GRADE_LANG, then the locale)."))(function)


def find_course(option: Path | None) -> Course:
    """The course, or a usage error that says what is wrong with it."""
    try:
        return open_course(option)
    except CourseError as error:
        fail(error.text)


def find_exercise(course: Course, name: str) -> Exercise:
    """The exercise, or a usage error with the nearest names."""
    try:
        return course.find(name)
    except CourseError as error:
        fail(error.text)


def near(path: Path) -> Path:
    """The path from here, if it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def note(text: Text) -> None:
    """Say on standard error what did not work but costs nobody anything."""
    click.echo(_("Note: {text}").format(text=text[LANG]), err=True)


def fail(text: Text, code: int = EXIT_USAGE) -> NoReturn:
    """Say what was wrong on standard error, and leave."""
    click.echo(_("Error: {text}").format(text=text[LANG]), err=True)
    raise SystemExit(code)
