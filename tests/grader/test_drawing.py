"""The same seed draws the same cases."""

import importlib.util
import sys

import pytest
from hypothesis import strategies as st

from grader.judge.bank.drawing import draw_cases
from grader.kit.properties import given, spread

STRATEGY = st.tuples(st.integers(0, 2**16), st.floats(0, 1e6), st.text(max_size=8))


def test_cases_do_not_depend_on_what_else_is_loaded(tmp_path):
    before = draw_cases(STRATEGY, 0, 300)
    path = tmp_path / "many_constants.py"
    numbers = ", ".join(str(number) for number in range(1001, 1021))
    path.write_text(
        f"INTEGERS = [{numbers}]\nFLOATS = [{numbers.replace(',', '.5,')}.5]\nTEXTS = ['abc', 'xyz', 'wow']\n"
    )
    spec = importlib.util.spec_from_file_location("many_constants", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["many_constants"] = module
    spec.loader.exec_module(module)
    try:
        assert draw_cases(STRATEGY, 0, 300) == before
    finally:
        del sys.modules["many_constants"]


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
