"""Every exercise is worth what it says: right solutions of any style pass, every misconception loses points."""

import functools
from pathlib import Path

import pytest

from grader.course import edited, open_course
from grader.judge.bank.loading import misconceived, reference
from grader.judge.grading import Grader

ROOT = Path(__file__).parents[2]
COURSE = open_course(ROOT)
RIGHT = Path(__file__).parent / "right_solutions"
SOLUTIONS = ROOT / "solutions"
WRONG = Path(__file__).parent / "wrong_submissions"
EXERCISES = {exercise.id: exercise for exercise in COURSE.exercises}


@pytest.fixture
def seeds(request):
    return range(request.config.getoption("--seeds"))


@pytest.fixture(scope="module")
def graders(server, tmp_path_factory):
    banks = tmp_path_factory.getbasetemp().parent / "banks"  # shared by the processes of pytest-xdist

    @functools.lru_cache(maxsize=24)
    def make(exercise, seed):
        return Grader(server, COURSE, EXERCISES[exercise], seed=seed, cases=100, cache=banks)

    return make


def right_solutions():
    for exercise in EXERCISES.values():
        yield pytest.param(exercise.id, exercise.solution, id=f"{exercise.id}-reference")
        for path in sorted((RIGHT / exercise.id).glob("*.py")):
            yield pytest.param(exercise.id, path, id=f"{exercise.id}-{path.stem}")


def variants(kind, most=None):
    for exercise in EXERCISES.values():
        for variant in getattr(exercise.answers, kind)[:most]:
            yield pytest.param(exercise.id, variant, id=f"{exercise.id}-{variant.id}")


def failures(result):
    return {one.id: one.failure and one.failure.text["en"] for one in result.properties if one.status != "passed"}


@pytest.mark.parametrize(("name", "path"), [*right_solutions()])
def test_a_right_solution_gets_full_points_under_every_seed(graders, seeds, name, path):
    for seed in seeds:
        result = graders(name, seed).grade(path, workspace=SOLUTIONS, alone=True)
        assert result.score == result.max_score == EXERCISES[name].points, (
            f"seed {seed}: {result.problem} {failures(result)}"
        )


@pytest.mark.parametrize("name", EXERCISES)
def test_the_reference_gets_every_star(graders, seeds, name):
    for seed in seeds:
        result = graders(name, seed).grade(EXERCISES[name].solution, workspace=SOLUTIONS, alone=True)
        assert (result.status, result.stars) == ("passed", result.max_stars), f"seed {seed}: {failures(result)}"


@pytest.mark.parametrize(("name", "convention"), [*variants("conventions")])
def test_a_convention_gets_full_points_and_is_named(graders, seeds, tmp_path, name, convention):
    exercise = EXERCISES[name]
    path = tmp_path / f"{exercise.name}.py"
    path.write_text(
        edited(exercise.solution.read_text(encoding="utf-8"), convention.edits, convention.id), encoding="utf-8"
    )
    for seed in seeds:
        result = graders(name, seed).grade(path, workspace=SOLUTIONS, alone=True)
        assert (result.status, result.stars) == ("passed", result.max_stars), f"seed {seed}: {failures(result)}"
        assert result.convention == convention.title.text


@pytest.mark.parametrize(("name", "misconception"), [*variants("misconceptions", most=2)])
def test_a_misconception_handed_in_loses_points(graders, tmp_path, name, misconception):
    """Here some of them through a worker; that each of them does so under every seed, and is diagnosed, is `grade author check`'s to prove."""
    exercise = EXERCISES[name]
    path = tmp_path / f"{exercise.name}.py"
    path.write_text(misconceived(exercise, reference(exercise), [misconception]).source, encoding="utf-8")
    result = graders(name, 0).grade(path, thorough=False, workspace=SOLUTIONS, alone=True)
    assert result.status == "failed", f"{result.status} {result.problem}"
    assert result.score < result.max_score


def wrong_submissions():
    for exercise in EXERCISES.values():
        for path in sorted((WRONG / exercise.id).glob("*.py")):
            yield pytest.param(exercise.id, path, id=f"{exercise.id}-{path.stem}")


@pytest.mark.parametrize(("name", "path"), [*wrong_submissions()])
def test_a_wrong_submission_loses_points_and_gets_the_right_diagnosis_or_none(graders, name, path):
    """Written by people who had seen the stub and nothing else. The second line says what must be diagnosed."""
    expected = path.read_text(encoding="utf-8").splitlines()[1].removeprefix("# diagnosis:").strip()
    result = graders(name, 0).grade(path, workspace=SOLUTIONS, alone=True, smallest=False)
    assert result.status == "failed"
    assert " + ".join(sorted(one.id for one in result.diagnosis)) == expected
    assert all(one.relation == ("together" if "+" in expected else "alone") for one in result.diagnosis)


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_is_complete(name):
    exercise = EXERCISES[name]
    assert len(exercise.about.hints) >= 3
    assert len(exercise.answers.misconceptions) >= 6
    assert len(list((RIGHT / name).glob("*.py"))) >= 3
    assert len({one.id for one in exercise.answers.misconceptions}) == len(exercise.answers.misconceptions)
