"""Finds a course and reads it: the syllabus, and the five files of each exercise.

Errors name the file, what is wrong in it, and what to do. Nothing here imports torch.
"""

from __future__ import annotations

import ast
import functools
import os
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final

from grader.formats import About, Answers, CourseError, Syllabus, convert, read_struct, read_table, read_text
from grader.text import LANGUAGES, Text, both

FORMAT_VERSION: Final = 1
SYLLABUS: Final = Path("exercises") / "course.toml"


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
        return read_struct(self.about_file, About)

    @functools.cached_property
    def answers(self) -> Answers:
        """Misconceptions and conventions."""
        return read_struct(self.answers_file, Answers)

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
    """Find and read a course. A folder made by `grade start` has no solutions: they stay where it was made from."""
    root = find_root(option, start or Path.cwd())
    hidden = _hidden(root)
    table = read_table(root / SYLLABUS)
    _check_version(root / SYLLABUS, table)
    course = Course(root, hidden, convert(root / SYLLABUS, table, Syllabus))
    _validate(course)
    return course


def source_note(workspace: Path) -> Path:
    """The file in which `grade start` notes the folder of a course that is not the package's."""
    return workspace / ".gradlings" / "course"


def _hidden(root: Path) -> Path:
    """Where the solutions and tests of a course lie. Raises CourseError if they were moved away."""
    if (root / "solutions").is_dir():
        return root
    try:
        source = Path(os.fsdecode(source_note(root).read_bytes()))
    except (OSError, ValueError):
        return bundled_root()
    if not (source / "solutions").is_dir():
        text = both(
            "{root} was made from the course in {source}, which is not there any more; put it back, or make a new"
            " folder with grade start",
            root=root, source=source,
        )  # fmt: skip
        raise CourseError(text)
    return source


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
