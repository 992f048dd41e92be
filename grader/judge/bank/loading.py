"""Loads what the judge trusts: references (with edits), and properties."""

from __future__ import annotations

import builtins
import functools
import importlib.util
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from hypothesis import strategies as st

from grader.course import Exercise
from grader.formats import Edit, edited, read_text
from grader.judge.bank.variants import Variant
from grader.judge.entry.companions import PACKAGE
from grader.judge.results import GraderError, described
from grader.judge.workers.channels import LocalChannel
from grader.kit.properties import Given, Grading
from grader.text import LANGUAGES, Text, both


@dataclass(frozen=True, slots=True)
class Property:
    """A graded property: `function` takes submission, reference and case."""

    id: str
    grading: Grading
    strategy: st.SearchStrategy[Any]
    function: Callable[..., None]
    share: float = 1.0
    """On what share of the cases it is tried."""


@dataclass(frozen=True)
class Reference:
    """A reference by its text; `make` gives a channel to a module that is loaded once."""

    id: str
    source: str
    path: str
    solutions: Path
    """The folder in which other references lie: `from exercises.attention.masked_softmax import …` means that one."""

    @functools.cached_property
    def module(self) -> ModuleType:
        """The module. Raises GraderError if it does not load."""
        module = ModuleType(f"reference_{abs(hash(self.source))}")
        module.__file__ = self.path
        module.__dict__["__builtins__"] = {**vars(builtins), "__import__": _importer(self.solutions)}
        sys.modules[module.__name__] = module
        try:
            exec(compile(self.source, self.path, "exec", dont_inherit=True), module.__dict__)  # noqa: S102  # our own solution
        except Exception as error:
            text = both(
                "{path} ({name}) does not load: {error}{place}",
                path=self.path, name=self.id, error=described(error), place=own_line(self.path, error),
            )  # fmt: skip
            raise GraderError(text) from error
        return module

    def unload(self) -> None:
        """Let the module go, which Python keeps by name; it is loaded again when it is asked for."""
        module = self.__dict__.pop("module", None)
        if module is not None:
            sys.modules.pop(module.__name__, None)

    def channel(self) -> LocalChannel:
        """A way to ask it, with no objects yet."""
        return LocalChannel(self.module, self.path)


@dataclass(frozen=True, slots=True)
class LoadedConvention:
    """A reference that is as right as any other; `title` names it where there are several."""

    reference: Reference
    title: Text | None


def _importer(solutions: Path) -> Callable[..., Any]:
    """What `import` does in a reference: a module of the package `exercises` is the reference of that name."""

    def import_(name: str, namespace: Any = None, local: Any = None, fromlist: Any = (), level: int = 0) -> Any:
        parts = name.split(".")
        if parts[0] != PACKAGE or len(parts) != 3 or level:
            return __import__(name, namespace, local, fromlist, level)
        path = solutions / parts[1] / f"{parts[2]}.py"
        module = Reference(name, read_text(path), str(path), solutions).module
        if fromlist:
            return module
        return SimpleNamespace(**{parts[1]: SimpleNamespace(**{parts[2]: module})})  # `import exercises.a.b [as c]`

    return import_


def reference(exercise: Exercise, edits: tuple[Edit, ...] = (), name: str = "reference") -> Reference:
    """The exercise's solution, or a variant of it."""
    source = exercise.solution.read_text(encoding="utf-8")
    text = edited(source, edits, f"{exercise.id}: {name}")
    return Reference(name, text, str(exercise.solution), exercise.hidden / "solutions")


def misconceived(exercise: Exercise, base: Reference, variants: Sequence[Variant]) -> Reference:
    """A reference with misconceptions' edits, or the whole file of one. Raises CourseError if they do not apply."""
    name = " + ".join(variant.name for variant in variants)
    source = base.source
    for variant in variants:
        if variant.file is not None:
            source = read_text(exercise.solution.with_suffix("") / variant.file)
        source = edited(source, variant.edits, f"{exercise.id}: {variant.name}")
    return Reference(name, source, base.path, base.solutions)


def load_properties(path: Path) -> list[Property]:
    """The properties of a file in its order. Raises GraderError if it does not load or one is not graded."""
    name = f"properties_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise GraderError(both("{path} is not a Python file", path=path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        text = both(
            "{path} does not load: {error}{place}",
            path=path, error=described(error), place=own_line(str(path), error),
        )  # fmt: skip
        raise GraderError(text) from error
    found = []
    for test_name, test in vars(module).items():
        if not test_name.startswith("test_"):
            continue
        given, grading = getattr(test, "given", None), getattr(test, "grading", None)
        if not isinstance(given, Given) or not isinstance(grading, Grading):
            raise GraderError(both("{path}: {name} needs both @graded and @given", path=path, name=test_name))
        found.append(Property(test_name.removeprefix("test_"), grading, given.strategy, given.function, given.share))
    _check_needs(path, found)
    return found


def _check_needs(path: Path, properties: list[Property]) -> None:
    seen: set[str] = set()
    for property_ in properties:
        for needed in property_.grading.needs:
            if needed not in seen:
                text = both(
                    "{path}: test_{name} needs {needed!r}, which is no property above it",
                    path=path, name=property_.id, needed=needed,
                )  # fmt: skip
                raise GraderError(text)
        seen.add(property_.id)


def own_line(path: str, error: BaseException) -> Text:
    """The last place in an author's own file that an error passed; nothing where it passed none."""
    own = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    if not own:
        return dict.fromkeys(LANGUAGES, "")
    return both(" ({file}, line {line}: {code})", file=Path(path).name, line=own[-1].lineno, code=own[-1].line)
