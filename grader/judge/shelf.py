"""Exercises that a judge has loaded stay with it, as long as nothing that they depend on has changed."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Final

from grader.course import SYLLABUS, open_course
from grader.judge.bank.content import content_key
from grader.judge.entry.companions import solutions_behind
from grader.judge.exercise import Drawing, LoadedExercise
from grader.judge.workers.forking import ForkServer

MOST: Final = 4
"""How many are kept: with their banks, some megabytes each."""


class Shelf:
    """Loaded exercises by content, the least recently used ones given up."""

    def __init__(self, server: ForkServer) -> None:
        self._server = server
        self._loaded: OrderedDict[str, LoadedExercise] = OrderedDict()

    def take(self, root: Path | None, name: str, drawing: Drawing) -> LoadedExercise:
        """An exercise of the course in a folder. Raises GraderError and CourseError."""
        course = open_course(root)
        exercise = course.find(name)
        files = [course.root / SYLLABUS, *exercise.files, *solutions_behind(exercise), *exercise.whole_variants]
        key = content_key((str(course.root), str(course.hidden), exercise.id, drawing), files)
        loaded = self._loaded.pop(key, None) or LoadedExercise(self._server, course, exercise, drawing)
        self._loaded[key] = loaded
        while len(self._loaded) > MOST:
            self._loaded.popitem(last=False)
        return loaded
