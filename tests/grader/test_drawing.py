"""The same seed draws the same cases."""

import contextlib
import importlib
import itertools
import subprocess
import sys

import hypothesis
import pytest
from hypothesis import Phase
from hypothesis import strategies as st

from grader.judge.bank.drawing import draw_cases, settings
from grader.kit.properties import given, spread

STRATEGY = st.tuples(st.integers(0, 2**16), st.floats(0, 1e6), st.text(max_size=8))
FRESH = itertools.count(1001, 200)
"""Each test needs a module and constants of its own: what Hypothesis has found once in a process it keeps."""


@pytest.fixture
def many_constants(tmp_path, monkeypatch):
    """The name of a module whose constants Hypothesis would draw: it lies outside site-packages."""
    first = next(FRESH)
    numbers = ", ".join(str(number) for number in range(first, first + 200))
    (tmp_path / f"constants_{first}.py").write_text(
        f"INTEGERS = [{numbers}]\nFLOATS = [{numbers.replace(',', '.5,')}.5]\nTEXTS = ['abc', 'xyz', 'wow']\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    return f"constants_{first}"


def tried_while_shrinking(seed):
    """Everything that was tried until the smallest list of three was found."""
    tried = []

    @hypothesis.seed(seed)
    @settings(100, Phase.generate, Phase.shrink)
    @hypothesis.given(case=st.lists(STRATEGY))
    def search(case):
        tried.append(case)
        assert len(case) < 3

    with contextlib.suppress(AssertionError):
        search()
    return tried


def test_cases_do_not_depend_on_what_else_is_loaded(many_constants):
    before = draw_cases(STRATEGY, 0, 300)
    importlib.import_module(many_constants)
    assert draw_cases(STRATEGY, 0, 300) == before


def test_shrinking_does_not_depend_on_what_else_is_loaded(many_constants):
    before = [tried_while_shrinking(seed) for seed in range(10)]
    importlib.import_module(many_constants)
    assert [tried_while_shrinking(seed) for seed in range(10)] == before
    assert [tried[-1] for tried in before] == 10 * [3 * [(0, 0.0, "")]]


def test_cases_are_the_same_in_another_process(many_constants, tmp_path):
    script = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import {many_constants}\n"
        "from hypothesis import strategies as st\n"
        "from grader.judge.bank.drawing import draw_cases\n"
        "strategy = st.tuples(st.integers(0, 2**16), st.floats(0, 1e6), st.text(max_size=8))\n"
        "print(ascii(draw_cases(strategy, 0, 100)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.strip() == ascii(draw_cases(STRATEGY, 0, 100))


def test_cases_are_new_and_the_first_ones_small():
    finite = st.tuples(st.booleans(), st.sampled_from("abc"))
    assert sorted(draw_cases(finite, 0, 100)) == sorted((flag, letter) for flag in (False, True) for letter in "abc")
    first, *others = draw_cases(st.lists(st.integers(0, 9)), 0, 100)
    assert first == []
    assert len(others) == 99


@pytest.mark.parametrize(
    ("count", "share", "kept"), [(10, 0.3, [0, 3, 6]), (10, 1.0, list(range(10))), (3, 0.01, [0]), (0, 0.5, [])]
)
def test_a_share_is_spread_over_all_cases(count, share, kept):
    assert spread(range(count), share) == kept


@pytest.mark.parametrize("share", [0, -1, 1.5])
def test_a_share_is_above_0_and_at_most_1(share):
    with pytest.raises(ValueError, match="expected above 0"):
        given(case=STRATEGY, share=share)


def test_another_seed_draws_other_cases():
    assert draw_cases(STRATEGY, 0, 20) != draw_cases(STRATEGY, 1, 20)
