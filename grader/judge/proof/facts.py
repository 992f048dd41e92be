"""What can be said of an exercise's files without running a submission."""

from __future__ import annotations

import ast
import builtins
import doctest
import importlib
import re
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Final

import torch

from grader.course import Exercise
from grader.formats import Bilingual, read_text
from grader.judge.bank.loading import Property, reference
from grader.judge.bank.variants import variants_of
from grader.judge.proof.results import Fact
from grader.text import Text, both

_HAN = re.compile("[\u4e00-\u9fff]")
LEAST_HINTS: Final = 3
LEAST_MISCONCEPTIONS: Final = 6
LEAST_STATEMENT: Final = 200
"""Characters of a stub's docstring."""


def facts_of_files(exercise: Exercise, properties: list[Property]) -> Iterator[Fact]:
    """Files, texts, points, signatures, misconceptions' ids."""
    missing = [str(path) for path in exercise.files if not path.is_file()]
    yield _fact(both("all five files are there"), missing)
    yield _fact(both("every text is in both languages"), list(_one_sided(exercise, properties)))
    points = sum(property_.grading.points for property_ in properties)
    yield Fact(both("some property is worth points"), points > 0, f"{points:g} → {exercise.points:g}")
    hints, misconceptions = exercise.about.hints, exercise.answers.misconceptions
    yield Fact(both("at least {count} hints", count=LEAST_HINTS), len(hints) >= LEAST_HINTS, f"{len(hints)}")
    known = {property_.id for property_ in properties}
    named = {name for hint in hints for name in hint.properties}
    yield _fact(both("every property that a hint is bound to exists"), sorted(named - known))
    without = [each.id for each in properties if not each.grading.star and not exercise.about.hints_for([each.id])[1]]
    yield _fact(both("whoever fails a property has a hint that does not speak of another"), without)
    enough = len(misconceptions) >= LEAST_MISCONCEPTIONS
    yield Fact(both("at least {count} misconceptions", count=LEAST_MISCONCEPTIONS), enough, f"{len(misconceptions)}")
    ids = [misconception.id for misconception in misconceptions]
    yield _fact(both("every misconception has an id of its own"), sorted({id_ for id_ in ids if ids.count(id_) > 1}))
    conventions = {convention.id for convention in exercise.answers.conventions}
    under = {name for misconception in misconceptions for under in misconception.under for name in under.conventions}
    yield _fact(both("every convention that a misconception names exists"), sorted(under - conventions))
    yield _fact(both("every edit fits the text once, under every convention"), list(_vanished(exercise)))
    unknown = [rule.name for rule in exercise.about.forbidden if not _exists(rule.name)]
    yield _fact(both("every forbidden name exists"), unknown)
    yield _fact(both("stub and reference have the same signatures"), list(_differences(exercise)))
    statement = ast.get_docstring(ast.parse(read_text(exercise.stub))) or ""
    unnamed = [rule.name for rule in exercise.about.forbidden if rule.name.rpartition(".")[2] not in statement]
    yield Fact(both("the stub has a statement"), len(statement) >= LEAST_STATEMENT, f"{len(statement)}")
    yield _fact(both("the statement names what is forbidden"), unnamed)


def _vanished(exercise: Exercise) -> Iterator[str]:
    """Misconceptions that cannot be made, with the convention under which they cannot."""
    first = reference(exercise)
    others = [reference(exercise, convention.edits, convention.id) for convention in exercise.answers.conventions]
    for base in (first, *others):
        for misconception in exercise.answers.misconceptions:
            for variant in variants_of(misconception, base.id):
                if not variant.applies(base.source):
                    yield variant.name if base is first else f"{variant.name} ({base.id})"


def _exists(name: str) -> bool:
    """Whether a dotted name leads to something: a module, or what is in one."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found: object = importlib.import_module(".".join(parts[:count]))
        except ImportError:
            continue
        return all((found := getattr(found, part, None)) is not None for part in parts[count:])
    return False


def _fact(name: Text, wrong: list[str]) -> Fact:
    """A claim that holds unless something is `wrong`."""
    return Fact(name, not wrong, "; ".join(wrong))


def _one_sided(exercise: Exercise, properties: list[Property]) -> Iterator[str]:
    """Texts of which a language is empty, not in Chinese, or the same as the other."""
    about, answers = exercise.about, exercise.answers
    texts: list[tuple[str, Text]] = [("title", about.title.text)]
    texts += _numbered("hint", about.hints)
    texts += [(f"forbidden {rule.name}", rule.reason.text) for rule in about.forbidden]
    texts += [(f"title of test_{property_.id}", property_.grading.title) for property_ in properties]
    texts += [(f"convention {convention.id}", convention.title.text) for convention in answers.conventions]
    if answers.default_convention is not None:
        texts.append(("default_convention", answers.default_convention.text))
    for misconception in answers.misconceptions:
        parts = ("title", "explanation", "hint")
        texts += [(f"{misconception.id}: {part}", getattr(misconception, part).text) for part in parts]
    for name, text in texts:
        if not text["en"].strip() or not text["zh"].strip():
            yield f"{name} is empty"
        elif text["en"] == text["zh"] and _is_code(text["en"]):
            continue
        elif not _HAN.search(text["zh"]):
            yield f"{name} has no Chinese in zh"
        elif _HAN.search(text["en"]):
            yield f"{name} has Chinese in en"


def _is_code(text: str) -> bool:
    """Whether a text is code and nothing else, which is the same in all languages."""
    try:
        tree = ast.parse(text.strip("`"))
    except SyntaxError:
        return False
    return any(not isinstance(node, ast.Module | ast.Expr | ast.Name | ast.Load) for node in ast.walk(tree))


def _numbered(name: str, texts: Iterable[Bilingual]) -> list[tuple[str, Text]]:
    return [(f"{name} {number}", text.text) for number, text in enumerate(texts, start=1)]


def _differences(exercise: Exercise) -> Iterator[str]:
    """Public functions and methods whose parameters are not the same in stub and reference."""
    stub, reference = (_signatures(ast.parse(read_text(path))) for path in (exercise.stub, exercise.solution))
    for name in sorted(stub.keys() | reference.keys()):
        if name not in stub:
            yield f"the stub lacks {name}"
        elif name not in reference:
            yield f"the reference lacks {name}"
        else:
            mine, theirs = stub[name], reference[name]
            if mine is not None and theirs is not None and not _same_parameters(mine, theirs):
                yield f"{name}({ast.unparse(mine)}) in the stub, {name}({ast.unparse(theirs)}) in the reference"


def _signatures(tree: ast.Module) -> dict[str, ast.arguments | None]:
    """Parameters of public functions, of classes (those of __init__) and of public methods, inherited ones too."""
    classes: dict[str, dict[str, ast.arguments]] = {}
    found: dict[str, ast.arguments | None] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node.args
        elif isinstance(node, ast.ClassDef):
            bases = [classes.get(base.id, {}) for base in node.bases if isinstance(base, ast.Name)]
            own = {inner.name: inner.args for inner in node.body if isinstance(inner, ast.FunctionDef)}
            classes[node.name] = {name: args for methods in [*reversed(bases), own] for name, args in methods.items()}
    for name, methods in classes.items():
        found[name] = methods.get("__init__")
        found |= {f"{name}.{method}": args for method, args in methods.items() if method != "__init__"}
    return {name: args for name, args in found.items() if not any(part.startswith("_") for part in name.split("."))}


def _same_parameters(mine: ast.arguments, theirs: ast.arguments) -> bool:
    """The same names and defaults in the same order, and the same annotations where both have one."""
    both = mine, theirs
    defaults = [
        [ast.dump(default) if default else "" for default in [*args.defaults, *args.kw_defaults]] for args in both
    ]
    names = [[*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg] for args in both]
    return defaults[0] == defaults[1] and len(names[0]) == len(names[1]) and all(
        (left is None and right is None) or (left is not None and right is not None and _same_parameter(left, right))
        for left, right in zip(*names, strict=True)
    )  # fmt: skip


def _same_parameter(mine: ast.arg, theirs: ast.arg) -> bool:
    noted = [ast.dump(arg.annotation) if arg.annotation else "" for arg in (mine, theirs)]
    return mine.arg == theirs.arg and (not all(noted) or noted[0] == noted[1])


def facts_of_use(exercise: Exercise, asked: set[str]) -> Fact:
    """Every name that the properties ask a submission for is one that the stub defines."""
    known = {name for name in _signatures(ast.parse(read_text(exercise.stub))) if "." not in name}
    return _fact(both("every name that the properties use is in the stub"), sorted(asked - known))


def wrong_examples(exercise: Exercise, reference: ModuleType) -> str:
    """What is wrong with the examples of the stub's docstring when the reference runs them; empty if nothing is."""
    statement = ast.get_docstring(ast.parse(read_text(exercise.stub))) or ""
    names = {**vars(reference), "torch": torch, "__builtins__": builtins}
    test = doctest.DocTestParser().get_doctest(statement, names, exercise.name, None, 0)
    if not test.examples:
        return "…"
    said: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    failed = runner.run(test, out=said.append).failed
    return " ".join(" ".join(said).split()) if failed else ""
