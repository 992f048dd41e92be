"""The script that --debug writes runs in plain Python, for every exercise and every kind of call."""

import subprocess
import sys
from pathlib import Path

import pytest
from judging import Judging

from grader.course import open_course
from grader.formats import edited
from grader.judge.bank.variants import variants_of

NAMES = [exercise.id for exercise in open_course(Path(__file__).parents[2]).exercises]


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_script_runs_and_shows_what_was_expected(server, course, tmp_path, name):
    exercise = course.find(name)
    variant = variants_of(exercise.answers.misconceptions[0], "reference")[0]
    source = edited(exercise.solution.read_text(encoding="utf-8"), variant.edits, variant.name)
    assert source != exercise.solution.read_text(encoding="utf-8")
    path, script = tmp_path / f"{exercise.name}.py", tmp_path / "debug.py"
    path.write_text(source, encoding="utf-8")
    result = Judging(server, course, name, cases=30).grade(path, references=True, script=True)
    text = result.debug_script
    script.write_text(text, encoding="utf-8")
    assert "???" not in text
    ran = subprocess.run([sys.executable, script], capture_output=True, encoding="utf-8", check=False)
    assert ran.returncode == 0 or "# expected: raises" in text, ran.stderr
    assert "result_" in ran.stdout
