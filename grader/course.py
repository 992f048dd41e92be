"""Finds a course and reads it: the syllabus, and the five files of each exercise.

Errors name the file, what is wrong in it, and what to do. Nothing here imports torch.
"""

from __future__ import annotations

import ast
import functools
import tomllib
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import msgspec

from grader.text import LANGUAGES, Text, both

FORMAT_VERSION: Final = 1
SYLLABUS: Final = Path("exercises") / "course.toml"

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
    hints: tuple[Bilingual, ...]
    forbidden: tuple[Forbidden, ...] = ()
    limits: Limits = Limits()


class Edit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A replacement in the reference's text; `find` occurs in it exactly once."""

    find: str
    replace: str


class Misconception(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A known-wrong variant: what is believed, how that changes the reference, and the hint that helps.

    The reference is changed by edits, or replaced by a file of the folder that is named like the exercise
    (`solutions/<track>/<name>/<file>`) where an edit would be unreadable.
    """

    id: str
    title: Bilingual
    explanation: Bilingual
    hint: Bilingual
    edits: tuple[Edit, ...] = ()
    file: str | None = None


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


@dataclass(frozen=True)
class Exercise:
    """An exercise by its place: `root` holds what the learner sees, `hidden` the solutions and tests."""

    track: str
    name: str
    points: float
    requires: tuple[str, ...]
    root: Path
    hidden: Path

    @property
    def id(self) -> str:
        """`attention/masked_softmax`."""
        return f"{self.track}/{self.name}"

    @property
    def stub(self) -> Path:
        """The file that the learner edits."""
        return self.root / "exercises" / self.track / f"{self.name}.py"

    @property
    def about_file(self) -> Path:
        """Title, hints, limits."""
        return self.hidden / "exercises" / self.track / f"{self.name}.toml"

    @property
    def solution(self) -> Path:
        """The reference solution."""
        return self.hidden / "solutions" / self.track / f"{self.name}.py"

    @property
    def answers_file(self) -> Path:
        """Misconceptions, conventions, equivalent mutants."""
        return self.solution.with_suffix(".toml")

    @property
    def properties(self) -> Path:
        """The properties."""
        return self.hidden / "tests" / self.track / f"test_{self.name}.py"

    @property
    def files(self) -> tuple[Path, ...]:
        """The five files."""
        return self.stub, self.about_file, self.solution, self.answers_file, self.properties

    @property
    def whole_variants(self) -> tuple[Path, ...]:
        """Files that misconceptions put in the place of the reference."""
        return tuple(sorted(self.solution.with_suffix("").glob("*.py")))

    def examples(self, kind: str) -> tuple[Path, ...]:
        """Files that are kept as `right_solutions` or `wrong_submissions` of it, for `grade author check`."""
        return tuple(sorted((self.hidden / "tests" / "grader" / kind / self.track / self.name).glob("*.py")))

    @functools.cached_property
    def about(self) -> About:
        """Title, hints, forbidden names, limits."""
        return _read(self.about_file, About)

    @functools.cached_property
    def answers(self) -> Answers:
        """Misconceptions and conventions."""
        return _read(self.answers_file, Answers)

    @functools.cached_property
    def required(self) -> tuple[str, ...]:
        """The public names that a submission has to define: the reference's functions and classes."""
        tree = ast.parse(read_text(self.solution))
        kinds = (ast.FunctionDef, ast.ClassDef)
        return tuple(node.name for node in tree.body if isinstance(node, kinds) and not node.name.startswith("_"))

    @property
    def title(self) -> Text:
        """The exercise's title."""
        return self.about.title.text


@dataclass(frozen=True)
class Course:
    """A course: `root` is where the learner works, `hidden` where solutions and tests lie (the same in a checkout)."""

    root: Path
    hidden: Path
    syllabus: Syllabus

    @functools.cached_property
    def exercises(self) -> tuple[Exercise, ...]:
        """Every exercise, in order."""
        return tuple(
            Exercise(track.name, entry.name, entry.points, entry.requires, self.root, self.hidden)
            for track in self.syllabus.tracks
            for entry in track.exercises
        )

    @property
    def is_bundled(self) -> bool:
        """Whether this is the copy in the wheel, where nobody works."""
        return self.root == bundled_root() and self.root.name == "_course"

    @property
    def is_elsewhere(self) -> bool:
        """Whether the course was found in the package, and not from the folder that one is in."""
        return self.root == bundled_root() and not Path.cwd().is_relative_to(self.root)

    def find(self, name: str) -> Exercise:
        """The exercise called `name` or `track/name`. Raises CourseError with the nearest names."""
        wanted = name.strip().removesuffix(".py").removeprefix("exercises/").strip("/")
        for exercise in self.exercises:
            if wanted in (exercise.id, exercise.name):
                return exercise
        names = {known: exercise.id for exercise in self.exercises for known in (exercise.id, exercise.name)}
        near = list(dict.fromkeys(names[close] for close in get_close_matches(wanted, names, n=3, cutoff=0.5)))
        if near:
            raise CourseError(
                both("there is no exercise {name!r}; did you mean {near}?", name=name, near=", ".join(near))
            )
        raise CourseError(both("there is no exercise {name!r}; `grade list` shows all of them", name=name))


def bundled_root() -> Path:
    """The course that comes with the package: the copy in a wheel, or the checkout itself."""
    copy = Path(__file__).parent / "_course"
    return copy if copy.is_dir() else Path(__file__).parents[1]


def find_root(option: Path | None, start: Path) -> Path:
    """Where the course is: the option, the nearest parent of `start` that holds one, the bundled one."""
    if option is not None:
        if not _is_file(option / SYLLABUS):
            text = both("there is no course in {path}: it has no {file}; give the folder that contains it",
                        path=option, file=SYLLABUS)  # fmt: skip
            raise CourseError(text)
        return option.resolve()
    for folder in (start, *start.parents):
        if _is_file(folder / SYLLABUS):
            return folder.resolve()
    return bundled_root()


def _is_file(path: Path) -> bool:
    """Whether there is a file; one that may not be looked for is none."""
    try:
        return path.is_file()
    except OSError:
        return False


def open_course(option: Path | None = None, start: Path | None = None) -> Course:
    """Find and read a course. A folder made by `grade start` has no solutions: they stay in the package."""
    root = find_root(option, start or Path.cwd())
    hidden = root if (root / "solutions").is_dir() else bundled_root()
    table = _table(root / SYLLABUS)
    _check_version(root / SYLLABUS, table)
    course = Course(root, hidden, _convert(root / SYLLABUS, table, Syllabus))
    _validate(course)
    return course


def _check_version(file: Path, table: dict[str, Any]) -> None:
    """Before anything else is looked at: what a newer format adds would only be called unknown."""
    found = table.get("format_version")
    if found is None:
        text = both(
            "{file} has no format_version; write format_version = {known} at its top", file=file, known=FORMAT_VERSION
        )
        raise CourseError(text)
    if type(found) is not int:  # True is an int too
        raise CourseError(
            both("{file}: format_version should be a whole number, got {found!r}", file=file, found=found)
        )
    if found > FORMAT_VERSION:
        raise CourseError(
            both(
                "{file} has format_version {found}, this gradlings reads {known}; upgrade gradlings",
                file=file, found=found, known=FORMAT_VERSION,
            )
        )  # fmt: skip
    if found < FORMAT_VERSION:
        raise CourseError(
            both(
                "{file} has format_version {found}, this gradlings reads {known}; get a newer copy of the course",
                file=file, found=found, known=FORMAT_VERSION,
            )
        )  # fmt: skip


def _validate(course: Course) -> None:
    """All that is wrong with the course's files at once."""
    ids = [exercise.id for exercise in course.exercises]
    wrong = [both("{name} is listed twice", name=name) for name in dict.fromkeys(ids) if ids.count(name) > 1]
    for exercise in course.exercises:
        wrong += [
            both("{name} requires {needed}, which is not in the course", name=exercise.id, needed=needed)
            for needed in exercise.requires
            if needed not in ids
        ]
        wrong += [
            both("{name} lacks {path}", name=exercise.id, path=path)
            for path in (exercise.solution, exercise.properties)  # not the stub: the learner's, to lose and reset
            if not path.is_file()
        ]
    if wrong:
        faults = {lang: "\n  ".join(text[lang] for text in wrong) for lang in LANGUAGES}
        raise CourseError(both("the course in {root} is broken:\n  {faults}", root=course.root, faults=faults))


def read_text(path: Path) -> str:
    """A course file's text. Raises CourseError for what cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CourseError(both("{path} cannot be read: {error}", path=path, error=error)) from None


def _read(path: Path, kind: type[T]) -> T:
    """Read a TOML file as a struct."""
    return _convert(path, _table(path), kind)


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise CourseError(both("{path} is not right: {error}", path=path, error=error)) from None


def _convert(path: Path, table: dict[str, Any], kind: type[T]) -> T:
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
