"""What is drawn: within its bounds, the same every time, and never square only."""

import hypothesis
import pytest

from grader.kit import (
    attention_inputs,
    optimizer_runs,
    quadratics,
    regroupings,
    sizes,
    trainings,
    valid_lens,
    values,
)

POOLS = {"lr": (0.1, 0.2, 0.3), "momentum": (0.5, 0.9), "nesterov": (False, True)}


def drawn(strategy, count=60):
    """The first cases of a strategy."""
    found = []

    @hypothesis.settings(max_examples=count, database=None, deadline=None, derandomize=True)
    @hypothesis.given(strategy)
    def draw(case):
        found.append(case)

    draw()
    return found


EVERY = {
    "attention_inputs": attention_inputs(),
    "valid_lens": valid_lens(2, 3, 4),
    "sizes": sizes(),
    "values": values((2, 3)),
    "quadratics": quadratics(),
    "optimizer_runs": optimizer_runs(missing=True, scales=(1.0, 0.0)),
    "trainings": trainings(POOLS),
    "regroupings": regroupings(POOLS),
}


@pytest.mark.parametrize("strategy", EVERY.values(), ids=EVERY)
def test_the_same_cases_are_drawn_every_time_and_they_differ(strategy):
    first, again = drawn(strategy, 20), drawn(strategy, 20)
    assert [repr(case) for case in first] == [repr(case) for case in again]
    assert len({repr(case) for case in first}) > 3


@pytest.mark.parametrize(("options", "bounds"), [({}, (1, 5)), ({"largest": 3}, (1, 3)), ({"smallest": 4}, (4, 5))])
def test_sizes_keep_to_their_bounds_and_reach_both(options, bounds):
    found = drawn(sizes(**options))
    assert (min(found), max(found)) == bounds


def test_values_have_what_was_asked_for_and_a_seed():
    found = drawn(values((2, 3), dtype="float32", scale=0.5, offset=1.0, nonzero=True))
    assert {(x.shape, x.dtype, x.scale, x.offset, x.nonzero) for x in found} == {((2, 3), "float32", 0.5, 1.0, True)}
    assert len({x.seed for x in found}) > 10
    assert all(0 <= x.seed <= 2**16 for x in found)


def test_lengths_are_none_per_sample_and_per_query_and_of_any_number_type():
    found = drawn(valid_lens(2, 3, 5), 200)
    lengths = [lens for lens in found if lens is not None]
    assert None in found
    assert {lens.tensor.shape for lens in lengths} == {(2,), (2, 3)}
    assert {lens.dtype for lens in lengths} == {"int64", "int32", "float32"}
    entries = [int(x) for lens in lengths for x in lens.tensor.flatten()]
    assert (min(entries), max(entries)) == (1, 5)
    assert any(len(set(lens.data)) > 1 for lens in lengths if lens.tensor.dim() == 1)


def test_lengths_are_of_the_kinds_asked_for_and_not_below_the_smallest():
    assert set(drawn(valid_lens(1, 1, 1, kinds=("none",)))) == {None}
    assert {lens.tensor.shape for lens in drawn(valid_lens(2, 3, 4, kinds=("1d",)))} == {(2,)}
    zeros = drawn(valid_lens(2, 3, 4, kinds=("2d",), smallest=0))
    assert {lens.tensor.shape for lens in zeros} == {(2, 3)}
    assert min(int(lens.tensor.min()) for lens in zeros) == 0


def test_attention_gets_inputs_that_fit_together_and_are_not_square():
    found = drawn(attention_inputs(), 200)
    shapes = [(*case.queries.shape, *case.keys.shape, *case.values.shape) for case in found]
    for b, q, d, also_b, k, also_d, b_again, k_again, v in shapes:
        assert (b, k, d) == (also_b, k_again, also_d)
        assert b == b_again
        assert {1, 2, 3, 4, 5} >= {b, q, k, d, v}
    axes = [(b, q, d, k, v) for b, q, d, _, k, _, _, _, v in shapes]
    assert any(len(set(sizes)) == 5 for sizes in axes)
    for axis in range(5):
        assert {1, 5} <= {sizes[axis] for sizes in axes}
    for case in found:
        lens, (b, q, _) = case.valid_lens, case.queries.shape
        assert lens is None or lens.tensor.shape in {(b,), (b, q)}
        assert lens is None or 1 <= int(lens.tensor.min()) <= int(lens.tensor.max()) <= case.keys.shape[1]
    assert {case.valid_lens is None for case in found} == {True, False}


def test_attention_s_inputs_are_as_asked_for():
    for case in drawn(attention_inputs(dtype="float32", largest=2, scale=3.0, kinds=("none",))):
        assert (case.queries.dtype, case.keys.dtype, case.values.dtype) == ("float32",) * 3
        assert (case.queries.scale, case.keys.scale, case.values.scale) == (3.0, 3.0, 1.0)
        assert max(*case.queries.shape, *case.keys.shape, *case.values.shape) <= 2
        assert case.valid_lens is None


def test_quadratics_fit_together_up_to_their_largest_dimension():
    found = drawn(quadratics(largest=3, dtype="float32"))
    for case in found:
        [d] = case.x0.shape
        assert (case.factor.shape, case.linear.shape) == ((d, d), (d,))
        assert {case.factor.dtype, case.linear.dtype, case.x0.dtype} == {"float32"}
    assert {case.x0.shape[0] for case in found} == {1, 2, 3}


def test_a_run_has_several_parameters_some_of_equal_shape_and_a_gradient_for_each_in_every_step():
    found = drawn(optimizer_runs(), 200)
    for run in found:
        shapes = [x.shape for x in run.params]
        assert all([g.shape for g in step] == shapes for step in run.steps)
        assert {g.dtype for step in run.steps for g in step} == {"float64"}
        assert {g.scale for step in run.steps for g in step} == {1.0}
    assert {len(run.params) for run in found} == {2, 3, 4}
    assert {len(run.steps) for run in found} == {1, 2, 3, 4, 5}
    distinct = [len({x.shape for x in run.params}) - len(run.params) for run in found]
    assert (min(distinct) < 0, max(distinct)) == (True, 0)
    assert all(len({x.seed for x in run.params}) == len(run.params) for run in found)


def test_a_run_has_missing_gradients_scales_and_steps_as_asked_for():
    scales = (1.0, 1e-6, 1e3, 0.0)
    found = drawn(optimizer_runs(dtype="float32", missing=True, scales=scales, least_steps=2, most_steps=3), 200)
    gradients = [g for run in found for step in run.steps for g in step]
    given = [g for g in gradients if g is not None]
    assert 0.15 < 1 - len(given) / len(gradients) < 0.35
    assert {g.scale for g in given} == set(scales)
    assert {x.dtype for run in found for x in run.params} == {g.dtype for g in given} == {"float32"}
    assert {len(run.steps) for run in found} == {2, 3}
    assert {x.scale for run in found for x in run.params} == {1.0}


def test_a_training_has_one_value_of_every_option():
    found = drawn(trainings(POOLS, least_steps=2, missing=True), 100)
    for name, pool in POOLS.items():
        assert {case.options[name] for case in found} == set(pool)
    assert all(list(case.options) == list(POOLS) for case in found)
    assert min(len(case.run.steps) for case in found) == 2
    assert any(g is None for case in found for step in case.run.steps for g in step)


def test_a_regrouping_changes_every_option_of_a_group_once():
    found = drawn(regroupings(POOLS), 200)
    rates = {*POOLS["lr"], 0.0}
    for case in found:
        (first, second), (later_first, later_second) = case.own, case.later
        assert list(first) == list(later_second) == ["lr"]
        assert list(second) == list(later_first) == ["momentum", "nesterov"]
        assert len({case.options["lr"], first["lr"], later_second["lr"]}) == 3
        assert {first["lr"], later_second["lr"], case.options["lr"]} <= rates
        for name in ("momentum", "nesterov"):
            assert case.options[name] != second[name] != later_first[name]
        assert len(case.run.steps) >= 2
    for rate in ([case.own[0]["lr"] for case in found], [case.later[1]["lr"] for case in found]):
        assert set(rate) == rates


def test_a_regrouping_keeps_what_is_constant_and_takes_the_steps_asked_for():
    for case in drawn(regroupings(POOLS, constant=("momentum",), least_steps=4, most_steps=4)):
        assert list(case.later[0]) == ["nesterov"]
        assert list(case.own[1]) == ["momentum", "nesterov"]
        assert len(case.run.steps) == 4


def test_the_simplest_case_is_small():
    smallest = drawn(attention_inputs(), 1)[0]
    assert (smallest.queries.shape, smallest.keys.shape, smallest.values.shape) == ((1, 1, 1),) * 3
    assert smallest.valid_lens is None
    run = drawn(optimizer_runs(), 1)[0]
    assert ([x.shape for x in run.params], len(run.steps)) == ([(2,), (2,)], 1)
