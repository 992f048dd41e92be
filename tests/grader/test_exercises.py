"""Every exercise comes with what proves it; `grade author check` does the proving."""

from pathlib import Path

import pytest

from grader.course import open_course

EXERCISES = {exercise.id: exercise for exercise in open_course(Path(__file__).parents[2]).exercises}


@pytest.mark.parametrize("name", EXERCISES)
def test_an_exercise_is_complete(name):
    exercise = EXERCISES[name]
    assert len(exercise.about.hints) >= 3
    assert len(exercise.answers.misconceptions) >= 6
    assert len(exercise.examples("right_solutions")) >= 3
    assert len({misconception.id for misconception in exercise.answers.misconceptions}) == len(
        exercise.answers.misconceptions
    )


@pytest.mark.parametrize("name", EXERCISES)
def test_a_wrong_submission_says_what_must_be_diagnosed(name):
    for path in EXERCISES[name].examples("wrong_submissions"):
        assert path.read_text(encoding="utf-8").splitlines()[1].startswith("# diagnosis:"), path
