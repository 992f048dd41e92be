"""Runs of an optimizer: from start to end, in two groups, joined half-way, resumed half-way."""

import dataclasses

import momenta
import pytest
import torch
from claims import local
from momenta import CASE, GROUPS, PARAMS, STEPS

from grader.kit import (
    EACH_STEP,
    OptimizerRun,
    Training,
    Values,
    assert_matches,
    fetch,
    joined,
    regrouped,
    resumed,
    started,
    trajectory,
)

toy = local(*momenta.EVERY)


def by_hand(rates, momenta, steps=STEPS, first=0, forgotten=()):
    """The trajectory with one rate and one momentum per step and parameter.

    Parameters beyond the first take part from step `first` on; in the steps `forgotten` velocities begin anew.
    """
    xs, vs, found = [x.tensor for x in PARAMS], [torch.zeros(x.shape).double() for x in PARAMS], []
    for step, (grads, lrs, betas) in enumerate(zip(steps, rates, momenta, strict=True)):
        for k, grad in enumerate(grads):
            if k and step < first:
                continue
            vs[k] = (0 if step in forgotten else betas[k]) * vs[k] + grad.tensor
            xs[k] = xs[k] - lrs[k] * vs[k]
        found.append(list(xs))
    return found


ALIKE = ([(0.25,) * 3] * 4, [(0.75,) * 3] * 4)


def test_parameters_start_as_copies_that_require_gradients():
    params = started(toy, [PARAMS[0], PARAMS[1].tensor])
    assert_matches([fetch(param) for param in params], [PARAMS[0].tensor, PARAMS[1].tensor])
    assert [param.requires_grad for param in params] == [True, True]


def test_a_trajectory_has_the_parameters_after_each_step():
    assert_matches(trajectory(toy, "Right", CASE), by_hand(*ALIKE), rtol=1e-12)


def test_a_run_resumed_goes_on_from_the_state_that_was_kept():
    assert_matches(resumed(toy, "Right", CASE), by_hand(*ALIKE), rtol=1e-12)
    assert_matches(resumed(toy, "Forgetful", CASE), by_hand(*ALIKE, forgotten=[2]), rtol=1e-12)


def test_the_others_join_after_half_of_the_steps():
    assert_matches(joined(toy, "Right", CASE), by_hand(*ALIKE, first=2), rtol=1e-12)


def test_two_groups_have_options_of_their_own_which_change_half_way():
    rates = [(0.5, 0.25, 0.25)] * 2 + [(0.5, 0.0, 0.0)] * 2
    factors = [(0.75, 0.25, 0.25)] * 2 + [(0.0, 0.25, 0.25)] * 2
    assert_matches(regrouped(toy, "Right", GROUPS), by_hand(rates, factors), rtol=1e-12)
    assert_matches(regrouped(toy, "OptionsOnce", GROUPS), by_hand(*ALIKE), rtol=1e-12)


@pytest.mark.parametrize(("steps", "training", "regrouping"), [(1, 1, 0), (2, 1, 1), (3, 2, 1), (4, 2, 2), (5, 3, 2)])
def test_the_first_half_has_at_least_one_step_and_a_change_comes_before_the_last(steps, training, regrouping):
    run = OptimizerRun(PARAMS, (STEPS * 2)[:steps])
    assert dataclasses.replace(CASE, run=run).half == training
    assert dataclasses.replace(GROUPS, run=run).half == regrouping


def test_a_training_knows_whether_a_step_is_without_any_gradient():
    some, none = (None, None, STEPS[0][2]), (None, None, None)
    assert Training(OptimizerRun(PARAMS, (STEPS[0], some)), {}).every_step_has_a_gradient
    assert not Training(OptimizerRun(PARAMS, (STEPS[0], none)), {}).every_step_has_a_gradient


def test_trajectories_are_compared_as_closely_as_their_dtype_allows():
    single = Training(OptimizerRun((Values((1,), 1, "float32"),), ()), {})
    assert CASE.close == {"rtol": 1e-9, "atol": 1e-12}
    assert single.close == {"rtol": 1e-4, "atol": 1e-5}


def test_a_report_shows_what_was_run():
    assert CASE.shown() == {"params": PARAMS, "gradients": STEPS, "lr": 0.25, "momentum": 0.75}
    assert GROUPS.shown() == {
        **CASE.shown(),
        "param_groups[0]": {"lr": 0.5},
        "param_groups[1]": {"momentum": 0.25},
        "param_groups[0] (t > 2)": {"momentum": 0.0},
        "param_groups[1] (t > 2)": {"lr": 0.0},
    }


def test_steps_are_handed_over_as_lists():
    assert CASE.steps == [list(step) for step in STEPS]


def test_what_is_compared_has_its_name_in_both_languages():
    assert EACH_STEP == {"en": "params after each step", "zh": "各步之后的参数"}
