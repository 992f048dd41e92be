"""The pieces of an exercise's proof, each of which one judge works off."""

from __future__ import annotations

import gc
import time
from pathlib import Path
from typing import Final

import msgspec

from grader import wire
from grader.course import CourseError, Equivalent, Exercise, applicable, open_course
from grader.judge.bank.loading import misconceived
from grader.judge.grading import Grader, diagnose
from grader.judge.proof.facts import facts_of_files, facts_of_use, wrong_examples
from grader.judge.proof.margin import float32_margin
from grader.judge.proof.mutation import Mutant, mutants
from grader.judge.proof.results import Fact, MutantFate, ProofRequest, ProofResult, Tried
from grader.judge.proof.trying import attempts_here, killers_of
from grader.judge.results import GraderError, GradeResult
from grader.judge.workers.forking import ForkServer
from grader.text import Text, both

LEAST_MARGIN: Final = 10


def prove(server: ForkServer, request: ProofRequest) -> ProofResult:
    """Work off one piece. What is wrong with the exercise is a fact that does not hold, not an error."""
    started = time.monotonic()
    try:
        course = open_course(Path(request.course))
        exercise = course.find(request.exercise)
        cache = Path(request.cache) if request.cache and request.seed == 0 else None
        grader = Grader(server, course, exercise, seed=request.seed, cases=request.cases, cache=cache)
        for reference, _ in grader.conventions:
            grader.bank(reference)  # raises where a property does not hold
        gc.freeze()  # Hypothesis collects garbage now and then: not all these cases each time
        work = {"facts": _facts, "seed": _seed, "mutants": _mutants}[request.task]
        result = work(grader, exercise, request)
    except (GraderError, CourseError) as error:
        fact = Fact(_loads(), holds=False, detail=f"{error} (seed {request.seed})")
        result = ProofResult(request.exercise, [fact])
    return msgspec.structs.replace(result, seconds=time.monotonic() - started)


def _loads() -> Text:
    return both("the exercise can be loaded and its properties hold for every right variant")


def _facts(grader: Grader, exercise: Exercise, _request: ProofRequest) -> ProofResult:
    """Files, the stub, the right variants through a worker, the margin."""
    facts = list(facts_of_files(exercise, grader.properties))
    base = grader.conventions[0][0]
    bank = grader.bank(base)
    requests = [wire.decode_request(one.request) for cases in bank.values() for case in cases for one in case.exchanges]
    asked = {one.name for one in requests if isinstance(one, wire.Call | wire.Vjp) and one.target is None}
    facts.append(facts_of_use(exercise, asked))
    pristine = exercise.hidden / "exercises" / exercise.track / f"{exercise.name}.py"
    wrong = wrong_examples(exercise, base.module)
    facts.append(Fact(both("the statement's example is what the reference gives"), not wrong, wrong))
    stub = grader.grade_text(pristine.read_text(encoding="utf-8"))
    facts.append(Fact(both("the untouched stub is not_started"), stub.status == "not_started", _outcome(stub)))
    for reference, _ in grader.conventions:
        graded = grader.grade_text(reference.source)
        whole = all(one.status == "passed" for one in graded.properties) and graded.status == "passed"
        claim = both("handed in, {name} gets every point and star", name=reference.id)
        facts.append(Fact(claim, whole, _outcome(graded)))
    margin = float32_margin(grader.properties, base, bank)
    enough = margin is None or margin >= LEAST_MARGIN
    claim = both("tolerances leave at least {factor} × the rounding error of float32", factor=LEAST_MARGIN)
    facts.append(Fact(claim, enough, "—" if margin is None else f"{margin:.3g} ×"))
    properties = grader.properties
    return ProofResult(
        exercise.id, facts, margin=margin,
        properties=sum(not one.grading.star for one in properties), stars=sum(one.grading.star for one in properties),
        misconceptions=len(exercise.answers.misconceptions),
        teaching={one.id: one.grading.teaching for one in properties if one.grading.teaching},
        names=[one.id for one in properties], star_names=[one.id for one in properties if one.grading.star],
    )  # fmt: skip


def _outcome(result: GradeResult) -> str:
    """How a submission ended, and which properties it did not pass."""
    failed = [one.id for one in result.properties if one.status not in ("passed", "blocked")]
    problem = result.problem["en"] if result.problem and result.status != "not_started" else ""
    return "; ".join(part for part in (result.status, problem, ", ".join(failed)) if part)


def _seed(grader: Grader, exercise: Exercise, request: ProofRequest) -> ProofResult:
    """Under one seed: the properties hold for every right variant, and every misconception is caught and recognised.

    Misconceptions on top of another convention are tried under the first seed alone: they cost as much as all others.
    """
    facts = [Fact(_loads(), holds=True)]
    tried = []
    for base, _ in grader.conventions if request.seed == 0 else grader.conventions[:1]:
        for one in exercise.answers.misconceptions:
            if base is not grader.conventions[0][0] and (one.file or not applicable(base.source, one.edits)):
                continue  # written for the first convention alone
            name = one.id if base is grader.conventions[0][0] else f"{one.id} under the convention {base.id}"
            attempts = attempts_here(grader, base, misconceived(exercise, base, [one]))
            tried.append(Tried(name, "misconception", list(attempts[0].faults)))
            lost = any(prop.id in attempts[0].faults for prop in grader.properties if not prop.grading.star)
            facts.append(Fact(both("{name} loses points", name=name), lost))
            found = [named.id for named in diagnose(grader, attempts)]
            right = found == [one.id]
            detail = "" if right else f"→ {', '.join(found) or '—'}"
            facts.append(Fact(both("{name} is diagnosed as itself", name=name), right, detail))
    return ProofResult(exercise.id, facts, tried)


def _mutants(grader: Grader, exercise: Exercise, request: ProofRequest) -> ProofResult:
    """Every `parts`-th mutant, tried in workers."""
    chosen = mutants(grader.conventions[0][0].source)
    tried, fates = [], []
    for mutant in chosen[request.part :: request.parts]:
        killers = killers_of(grader, mutant.source)
        entry = _entry(mutant, exercise.answers.equivalents)
        if killers:
            tried.append(Tried(mutant.name, "mutant", killers))
        fate = "unloadable" if killers is None else "killed" if killers else "equivalent" if entry else "survived"
        fates.append(MutantFate(mutant.name, mutant.operator, fate, entry.reason if entry else ""))  # type: ignore[arg-type]  # one of the fates
    stale = [] if request.part else _stale(chosen, exercise.answers.equivalents)
    wrong = [one.name for one in fates if one.fate in ("killed", "unloadable") and one.reason]
    facts = (
        [Fact(both("every equivalent mutant that is entered exists"), not stale, "; ".join(stale))]
        if not request.part
        else []
    )
    facts.append(Fact(both("no equivalent mutant that is entered is caught"), not wrong, "; ".join(wrong)))
    return ProofResult(exercise.id, facts, tried, fates)


def _entry(mutant: Mutant, entries: tuple[Equivalent, ...]) -> Equivalent | None:
    for entry in entries:
        if entry.line == mutant.before and mutant.after in entry.mutants and entry.where in (None, mutant.where):
            return entry
    return None


def _stale(chosen: list[Mutant], entries: tuple[Equivalent, ...]) -> list[str]:
    """Entries that no mutant answers to: the reference has changed, and they would rot silently."""
    return [
        f"{entry.line}  →  {after}"
        for entry in entries
        for after in entry.mutants
        if not any(_entry(mutant, (entry,)) and mutant.after == after for mutant in chosen)
    ]
