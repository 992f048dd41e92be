"""The same seed draws the same cases."""

import importlib.util
import sys

from hypothesis import strategies as st

from grader.judge.drawing import draw_cases

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


def test_another_seed_draws_other_cases():
    assert draw_cases(STRATEGY, 0, 20) != draw_cases(STRATEGY, 1, 20)
