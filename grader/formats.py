"""The files of a course as data, and how they are read.

Errors name the file, what is wrong in it, and what to do.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from grader.text import Text, both

T = TypeVar("T")


class CourseError(Exception):
    """A course, or a name in it, is not what it should be. `text` says so in both languages."""

    def __init__(self, text: Text) -> None:
        super().__init__(text["en"])
        self.text = text


class Bilingual(msgspec.Struct, frozen=True):
    """A text in both languages."""

    en: Annotated[str, msgspec.Meta(min_length=1)]
    zh: Annotated[str, msgspec.Meta(min_length=1)]

    @property
    def text(self) -> Text:
        """The text as a table."""
        return {"en": self.en.strip(), "zh": self.zh.strip()}


class Hint(Bilingual, frozen=True, forbid_unknown_fields=True):
    """A stage of the hints: for whoever fails a property (or one of several) first, or for everybody."""

    property_: str | tuple[str, ...] = msgspec.field(name="property", default=())

    @property
    def properties(self) -> tuple[str, ...]:
        """The ids of the properties that it belongs to."""
        return (self.property_,) if isinstance(self.property_, str) else self.property_


class SyllabusEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One exercise's place in the course."""

    name: str
    points: float
    requires: tuple[str, ...] = ()


class Track(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A chapter: exercises in the order in which they build on each other."""

    name: str
    title: Bilingual
    exercises: tuple[SyllabusEntry, ...]


class Syllabus(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`exercises/course.toml`."""

    format_version: int
    title: Bilingual
    tracks: tuple[Track, ...]


class Forbidden(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A name that would do the exercise for the learner, by its full dotted name, and why it is forbidden."""

    name: str
    reason: Bilingual


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Seconds for one call, seconds for the exercise, MiB of memory above the fork server's."""

    call_seconds: float = 5.0
    exercise_seconds: float = 60.0
    memory_mib: int = 2048


class About(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`exercises/<track>/<name>.toml`."""

    title: Bilingual
    section: str
    difficulty: Annotated[int, msgspec.Meta(ge=1, le=5)]
    hints: tuple[Hint, ...]
    forbidden: tuple[Forbidden, ...] = ()
    limits: Limits = Limits()

    def hints_for(self, failing: Sequence[str]) -> tuple[str, tuple[Hint, ...]]:
        """The stages for whoever fails these properties, and the id of the one that they begin with.

        They are those of the first that has any, then those for everybody; who fails nothing gets those for everybody,
        or all where there are none.
        """
        general = tuple(hint for hint in self.hints if not hint.properties)
        for name in failing:
            own = tuple(hint for hint in self.hints if name in hint.properties)
            if own:
                return name, own + general
        return "", general if general or failing else self.hints


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A replacement in the reference's text; `find` occurs in it exactly once."""

    find: str
    replace: str


class Under(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a misconception is made under conventions whose text its own edits do not fit, or why it cannot be made."""

    conventions: tuple[str, ...]
    edits: tuple[Edit, ...] = ()
    places: tuple[tuple[Edit, ...], ...] = ()
    never: str | None = None


class Misconception(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A known-wrong variant: what is believed, how that changes the reference, and the hint that helps.

    The reference is changed by edits, or replaced by a file of the folder that is named like the exercise
    (`solutions/<track>/<name>/<file>`) where an edit would be unreadable. What people do wrong everywhere or here and
    there has `places`: the edits of each are made, or not, beside the `edits` that always are.
    """

    id: str
    title: Bilingual
    explanation: Bilingual
    hint: Bilingual
    edits: tuple[Edit, ...] = ()
    places: tuple[tuple[Edit, ...], ...] = ()
    file: str | None = None
    under: tuple[Under, ...] = ()


class Convention(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another reference that is as right as the first."""

    id: str
    title: Bilingual
    edits: tuple[Edit, ...]


class Equivalent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Mutants of one line that are as right as the reference, each by the line that stands there instead, and why.

    Lines are given without indentation and without the comment behind them, as `grade author check` prints them.
    """

    line: str
    mutants: tuple[str, ...]
    reason: Annotated[str, msgspec.Meta(min_length=1)]
    where: str | None = None


class Answers(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`solutions/<track>/<name>.toml`."""

    misconceptions: tuple[Misconception, ...] = ()
    conventions: tuple[Convention, ...] = ()
    default_convention: Bilingual | None = None
    equivalents: tuple[Equivalent, ...] = ()


def read_text(path: Path) -> str:
    """A course file's text. Raises CourseError for what cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(both("{path} cannot be read: {error}", path=path, error=error)) from None


def read_struct(path: Path, kind: type[T]) -> T:
    """Read a TOML file as a struct."""
    return convert(path, read_table(path), kind)


def read_table(path: Path) -> dict[str, Any]:
    """A TOML file as a table. Raises CourseError."""
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise CourseError(both("{path} is not right: {error}", path=path, error=error)) from None


def convert(path: Path, table: dict[str, Any], kind: type[T]) -> T:
    """A table of a file as a struct. Raises CourseError."""
    try:
        return msgspec.convert(table, kind)
    except msgspec.ValidationError as error:
        raise CourseError(both("{path} is not right: {error}", path=path, error=error)) from None


def edited(source: str, edits: tuple[Edit, ...], what: str) -> str:
    """Apply edits to a reference's text. Raises CourseError unless each `find` occurs exactly once."""
    for edit in edits:
        count = source.count(edit.find)
        if count != 1:
            raise CourseError(both("{what}: {find!r} occurs {count} times in the reference, expected once",
                                   what=what, find=edit.find, count=count))  # fmt: skip
        source = source.replace(edit.find, edit.replace)
    return source


def applicable(source: str, edits: tuple[Edit, ...]) -> bool:
    """Whether each edit's `find` occurs exactly once when its turn comes."""
    for edit in edits:
        if source.count(edit.find) != 1:
            return False
        source = source.replace(edit.find, edit.replace)
    return True
