"""The pieces of an exercise's proof, each of which one judge works off."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

from grader import wire
from grader.formats import Limits
from grader.judge.bank.loading import LoadedConvention, Reference, misconceived
from grader.judge.bank.recording import Bank
from grader.judge.bank.variants import variants_of
from grader.judge.entry.admission import NotStarted, admit
from grader.judge.entry.submission import InvalidSubmission, Submission, submission_of
from grader.judge.exercise import Drawing, LoadedExercise, of_references
from grader.judge.grading import diagnose, grade
from grader.judge.proof.equivalents import entry_for, stale_entries
from grader.judge.proof.facts import facts_of_files, facts_of_use, wrong_examples
from grader.judge.proof.margin import float32_margin
from grader.judge.proof.mutation import mutants
from grader.judge.proof.results import Fact, MutantFate, ProofResult, Tried, broken, loads
from grader.judge.requests import Depth, ProofRequest, path_from
from grader.judge.results import GraderError, GradeResult
from grader.judge.shelf import Shelf
from grader.judge.trying.comparing import compare
from grader.judge.trying.subjects import Here, InOneWorker
from grader.judge.workers.worker import ForbiddenReached, WorkerFailure
from grader.stubs import pristine
from grader.text import both

LEAST_MARGIN: Final = 10
FEWER_CASES: Final = 30
"""How many cases are tried first on a misconception in another style or under another convention; all, if they do not
tell."""
MUTANT_LIMITS: Final = Limits(call_seconds=1.0, exercise_seconds=20.0, memory_mib=1024)
"""A mutant may hang and die."""


def prove(shelf: Shelf, request: ProofRequest) -> ProofResult:
    """Work off one piece. What is wrong with the exercise is a fact that does not hold, not an error."""
    started = time.monotonic()
    try:
        cache = path_from(request.cache) if request.seed == 0 else None
        loaded = shelf.take(path_from(request.course), request.exercise, Drawing(request.seed, request.cases, cache))
        if request.task == "files":
            result = ProofResult(request.exercise, list(facts_of_files(loaded.exercise, loaded.properties)))
        else:
            for convention in loaded.conventions:
                loaded.bank(convention.reference)  # raises where a property does not hold
            gc.freeze()  # Hypothesis collects garbage now and then: not all these cases each time
            work = {"facts": _facts, "seed": _seed, "mutants": _mutants, "right": _right, "wrong": _wrong}
            result = work[request.task](loaded, request)
    except Exception as error:  # a boundary: whatever it is, it is told and costs this piece alone
        result = broken(request, error)
    return msgspec.structs.replace(result, seconds=time.monotonic() - started)


def _handed_in(loaded: LoadedExercise, submission: Submission, depth: Depth) -> GradeResult:
    """The verdict on a text of somebody who has solved all earlier exercises."""
    exercise = loaded.exercise
    try:
        admitted = of_references(admit(loaded.course, exercise, submission, loaded.find_solution))
    except InvalidSubmission as error:
        return GradeResult(exercise.id, "invalid", 0, "none", submission.name, "", 0.0, problem=error.text)
    except NotStarted:
        return GradeResult(exercise.id, "not_started", 0, "none", submission.name, "", 0.0)
    return grade(loaded, admitted, depth)


def _facts(loaded: LoadedExercise, _request: ProofRequest) -> ProofResult:
    """The stub, the right variants through a worker, the margin."""
    exercise, properties = loaded.exercise, loaded.properties
    facts: list[Fact] = []
    base = loaded.conventions[0].reference
    bank = loaded.bank(base)
    exchanges = [exchange for cases in bank.values() for case in cases for exchange in case.exchanges]
    requests = [wire.decode_request(exchange.request) for exchange in exchanges]
    asked = {
        request.name for request in requests if isinstance(request, wire.Call | wire.Vjp) and request.target is None
    }
    facts.append(facts_of_use(exercise, asked))
    wrong = wrong_examples(exercise, base.module)
    facts.append(Fact(both("the statement's example is what the reference gives"), not wrong, wrong))
    facts.append(_fact_of_stub(loaded))
    for convention in loaded.conventions:
        variant = convention.reference
        graded = _handed_in(loaded, submission_of(variant.source, f"{exercise.name}.py"), "smallest")
        whole = all(result.status == "passed" for result in graded.properties) and graded.status == "passed"
        claim = both("handed in, {name} gets every point and star", name=variant.id)
        facts.append(Fact(claim, whole, _outcome(graded)))
        claim = both("{name} is told as the convention that it follows", name=variant.id)
        facts.append(Fact(claim, graded.convention == convention.title, (graded.convention or {}).get("en", "—")))
    margin = float32_margin(properties, base, bank)
    enough = margin is None or margin >= LEAST_MARGIN
    claim = both("tolerances leave at least {factor} × the rounding error of float32", factor=LEAST_MARGIN)
    facts.append(Fact(claim, enough, "—" if margin is None else f"{margin:.3g} ×"))
    return ProofResult(
        exercise.id, facts, margin=margin,
        properties=len(loaded.graded), stars=len(properties) - len(loaded.graded),
        misconceptions=len(exercise.answers.misconceptions),
        teaching={property_.id: property_.grading.teaching for property_ in properties if property_.grading.teaching},
        names=[property_.id for property_ in properties],
        star_names=[property_.id for property_ in properties if property_.grading.star],
    )  # fmt: skip


def _fact_of_stub(loaded: LoadedExercise) -> Fact:
    """Run all the same (with a line more it is no longer the stub), it has nothing that a property would hold for."""
    exercise = loaded.exercise
    text = pristine(exercise) or exercise.stub.read_text(encoding="utf-8")
    stub = _handed_in(loaded, submission_of(f"{text}\n\npass\n", f"{exercise.name}.py"), "failures")
    return Fact(both("the untouched stub is not_started"), stub.status == "not_started", _outcome(stub))


def _outcome(result: GradeResult) -> str:
    """How a submission ended, and which properties it did not pass."""
    failed = [property_.id for property_ in result.properties if property_.status not in ("passed", "blocked")]
    problem = result.problem["en"] if result.problem and result.status != "not_started" else ""
    return "; ".join(part for part in (result.status, problem, ", ".join(failed)) if part)


def _right(loaded: LoadedExercise, request: ProofRequest) -> ProofResult:
    """A right solution in another style gets every point, whatever the seed; what people do wrong is known there too.

    The misconceptions are tried under the first seed alone: they cost as much as all others.
    """
    submission = _example(request)
    graded = _handed_in(loaded, submission, "smallest")
    whole = graded.status == "passed" and graded.score == graded.max_score
    claim = both("{name} is right and gets every point", name=submission.name)
    facts = [Fact(claim, whole, "" if whole else f"seed {request.seed}: {_outcome(graded)}")]
    if request.seed == 0 and whole:
        facts += _facts_of_style(loaded, submission)
    return ProofResult(request.exercise, facts)


def _facts_of_style(loaded: LoadedExercise, submission: Submission) -> Iterator[Fact]:
    """Each misconception whose edits fit a right solution in another style is diagnosed there."""
    exercise = loaded.exercise
    base = Reference(submission.name, submission.source, submission.name, exercise.hidden / "solutions")
    tried: set[str] = set()
    for convention in loaded.conventions:
        for misconception in exercise.answers.misconceptions:
            for variant in variants_of(misconception, convention.reference.id):
                if variant.file is not None or not variant.applies(base.source):
                    continue
                wrong = misconceived(exercise, base, [variant])
                if wrong.source in tried:
                    continue
                tried.add(wrong.source)
                follows = convention.reference
                _, found = _told_in(loaded, wrong, follows, FEWER_CASES, thoroughly=True)
                if found != [variant.id]:
                    cases = loaded.drawing.cases
                    faults, found = _told_in(loaded, wrong, follows, cases, whole=True, thoroughly=True)
                    if not any(property_.id in faults for property_ in loaded.graded):
                        continue  # in this style it is no mistake: what is left out is done elsewhere, too
                claim = both("{name}, made in {style}, is diagnosed as itself", name=variant.name, style=base.id)
                yield Fact(claim, found == [variant.id], _instead(found))


def _told_in(
    loaded: LoadedExercise, wrong: Reference, base: Reference, cases: int, *, whole: bool = False,
    thoroughly: bool = False,
) -> tuple[list[str], list[str]]:  # fmt: skip
    """What a wrong text fails, and the misconceptions that are diagnosed in it, as far as the first cases tell.

    `base` is the convention that it follows. A text in another style than the misconception's is compared `thoroughly`.
    """

    def bank(convention: Reference) -> Bank:
        return {name: banked[:cases] for name, banked in loaded.bank(convention).items()}

    subject = Here(wrong, whole=whole)
    comparisons = compare(subject, loaded.properties, _nearest(loaded, base), bank)
    found = [each.id for each in diagnose(loaded, subject, comparisons, thoroughly=thoroughly)[0]]
    return list(comparisons[0].faults), found


def _instead(found: list[str]) -> str:
    return f"→ {', '.join(found) or '—'}"


def _wrong(loaded: LoadedExercise, request: ProofRequest) -> ProofResult:
    """A wrong submission loses points; its second line says what must be diagnosed, if anything."""
    submission = _example(request)
    expected = sorted(submission.source.splitlines()[1].removeprefix("# diagnosis:").replace("+", " ").split())
    graded = _handed_in(loaded, submission, "failures")
    found = sorted(diagnosed.id for diagnosed in graded.diagnosis)
    relation = "together" if len(expected) > 1 else "alone"
    named = found == expected and all(diagnosed.relation == relation for diagnosed in graded.diagnosis)
    tried = [
        Tried(
            submission.name,
            "wrong",
            [property_.id for property_ in graded.properties if property_.status not in ("passed", "blocked")],
        )
    ]
    return ProofResult(request.exercise, [
        Fact(both("{name} loses points", name=submission.name), graded.status == "failed", _outcome(graded)),
        Fact(
            both("{name} is diagnosed as {mistake}", name=submission.name, mistake=" + ".join(expected) or "—"),
            named, "" if named else _instead(found),
        ),
    ], tried)  # fmt: skip


def _example(request: ProofRequest) -> Submission:
    if request.submission is None:
        raise GraderError(both("the task {task} goes with a submission", task=request.task))
    return request.submission


def _seed(loaded: LoadedExercise, request: ProofRequest) -> ProofResult:
    """Under one seed: the properties hold for every right variant, and every misconception is caught and recognised.

    Misconceptions on top of another convention are tried under the first seed alone: they cost as much as all others.
    """
    exercise, first = loaded.exercise, loaded.conventions[0].reference
    facts = [Fact(loads(), holds=True)]
    tried = []
    for convention in loaded.conventions if request.seed == 0 else loaded.conventions[:1]:
        base = convention.reference
        for misconception in exercise.answers.misconceptions:
            if base is not first and misconception.file is not None:
                continue  # the same text, whatever the convention
            for variant in variants_of(misconception, base.id):
                name = variant.name if base is first else f"{variant.name} under the convention {base.id}"
                if not variant.applies(base.source):
                    continue  # which is a fact of the files
                wrong = misconceived(exercise, base, [variant])
                fewer = loaded.drawing.cases if base is first else FEWER_CASES
                faults, found = _told_in(loaded, wrong, base, fewer)
                if found != [variant.id]:
                    faults, found = _told_in(loaded, wrong, base, loaded.drawing.cases, whole=True)
                right = found == [variant.id]
                tried.append(Tried(name, "misconception", faults))
                lost = any(property_.id in faults for property_ in loaded.graded)
                facts.append(Fact(both("{name} loses points", name=name), lost))
                claim = both("{name} is diagnosed as itself", name=name)
                facts.append(Fact(claim, right, "" if right else _instead(found)))
    return ProofResult(exercise.id, facts, tried)


def _nearest(loaded: LoadedExercise, base: Reference) -> Sequence[LoadedConvention]:
    """All conventions, that of a variant's base first: of equals the first is what the variant follows."""
    return sorted(loaded.conventions, key=lambda convention: convention.reference is not base)


def _mutants(loaded: LoadedExercise, request: ProofRequest) -> ProofResult:
    """Every `parts`-th mutant, tried in workers."""
    entries = loaded.exercise.answers.equivalents
    chosen = mutants(loaded.conventions[0].reference.source)
    tried, fates = [], []
    for mutant in chosen[request.part :: request.parts]:
        killers = killers_of(loaded, mutant.source)
        entry = entry_for(mutant, entries)
        if killers:
            tried.append(Tried(mutant.name, "mutant", killers))
        fate = "unloadable" if killers is None else "killed" if killers else "equivalent" if entry else "survived"
        fates.append(MutantFate(mutant.name, mutant.operator, fate, entry.reason if entry else ""))  # type: ignore[arg-type]  # one of the fates
    stale = [] if request.part else stale_entries(chosen, entries)
    wrong = [mutant.name for mutant in fates if mutant.fate in ("killed", "unloadable") and mutant.reason]
    facts = (
        [Fact(both("every equivalent mutant that is entered exists"), not stale, "; ".join(stale))]
        if not request.part
        else []
    )
    facts.append(Fact(both("no equivalent mutant that is entered is caught"), not wrong, "; ".join(wrong)))
    return ProofResult(request.exercise, facts, tried, fates)


def killers_of(loaded: LoadedExercise, source: str) -> list[str] | None:
    """The properties that fail on a text in a worker, under the first convention; None: it is no such module.

    A text that is right under another convention is killed by nothing.
    """
    exercise, first = loaded.exercise, loaded.conventions[:1]
    submission = submission_of(source, "mutant.py")
    try:
        admitted = admit(loaded.course, exercise, submission, loaded.find_solution)
    except InvalidSubmission:
        return None
    subject = InOneWorker(admitted, loaded.open(admitted, MUTANT_LIMITS, guarded=False))
    try:
        faults = compare(subject, loaded.properties, first, loaded.bank, onwards=False)[0].faults
        killers = [property_.id for property_ in loaded.properties if property_.id in faults]
        right = killers and any(
            not compare(subject, loaded.properties, [convention], loaded.bank, status_only=True)[0].faults
            for convention in loaded.conventions[1:]
        )
        return [] if right else killers
    except (WorkerFailure, InvalidSubmission, ForbiddenReached):
        return None
    finally:
        subject.end()
