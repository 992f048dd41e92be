"""Begins an exercise: its five files with a small example, and its place in the syllabus."""

from __future__ import annotations

import keyword
import re
import string
from pathlib import Path
from typing import Final

from grader.course import SYLLABUS, Course, Exercise, open_course
from grader.formats import CourseError
from grader.text import both

TEMPLATES: Final = Path(__file__).parent / "templates"
_NAMES: Final = ("stub.py", "about.toml", "solution.py", "answers.toml", "properties.py")
"""In the order of `Exercise.files`."""


POINTS: Final = 10
"""What the example's properties add up to."""


def create(course: Course, name: str, track: str) -> Exercise:
    """Write the five files and enter the exercise at the end of its track. Raises CourseError; then nothing is left."""
    exercise = Exercise(track, name, POINTS, (), course.root, course.hidden)
    _check(course, exercise)
    syllabus = course.root / SYLLABUS
    before = syllabus.read_text(encoding="utf-8")
    entered = _entered(before, exercise)
    try:
        for path, template in zip(exercise.files, _NAMES, strict=True):
            text = string.Template((TEMPLATES / f"{template}.txt").read_text(encoding="utf-8")).substitute(name=name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        syllabus.write_text(entered, encoding="utf-8")
        return open_course(course.root).find(exercise.id)
    except (OSError, CourseError) as error:
        syllabus.write_text(before, encoding="utf-8")
        for path in exercise.files:
            path.unlink(missing_ok=True)
        if isinstance(error, CourseError):
            raise
        raise CourseError(
            both("{path} cannot be written: {error}", path=error.filename, error=error.strerror)
        ) from None


def _check(course: Course, exercise: Exercise) -> None:
    """Raise CourseError for a name that will not do, and where something is in the way."""
    if course.hidden != course.root:
        raise CourseError(both("{root} has no solutions; authors work in a clone of the repository", root=course.root))
    if not re.fullmatch(r"[a-z][a-z0-9_]*", exercise.name) or keyword.iskeyword(exercise.name):
        raise CourseError(
            both("{name!r} cannot name an exercise; use lower-case letters, digits and _", name=exercise.name)
        )
    tracks = [track.name for track in course.syllabus.tracks]
    if exercise.track not in tracks:
        known = ", ".join(tracks)
        raise CourseError(
            both("there is no track {track!r}; there are: {known}. Another one begins with [[tracks]] in {file}",
                 track=exercise.track, known=known, file=course.root / SYLLABUS)
        )  # fmt: skip
    taken = [existing.id for existing in course.exercises if existing.name == exercise.name]
    in_the_way = [*taken, *(str(path) for path in exercise.files if path.exists())]
    if in_the_way:
        raise CourseError(both("{what} is there already; nothing was written", what=in_the_way[0]))


def _entered(text: str, exercise: Exercise) -> str:
    """The syllabus's text with an entry after the last of the track's; what else is written there stays."""
    heads = [match.start() for match in re.finditer(r"(?m)^\[\[tracks\]\]", text)]
    ends = [*heads[1:], len(text)]
    for start, end in zip(heads, ends, strict=True):
        if re.search(rf'(?m)^name = "{exercise.track}"$', text[start:end].partition("[[tracks.exercises]]")[0]):
            entry = f'[[tracks.exercises]]\nname = "{exercise.name}"\npoints = {POINTS}\n'
            return f"{text[:start]}{text[start:end].rstrip()}\n\n{entry}\n{text[end:]}".rstrip() + "\n"
    raise CourseError(both("the track {track!r} was not found in {file}", track=exercise.track, file=SYLLABUS))
