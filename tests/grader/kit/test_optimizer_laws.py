"""What is required of every optimizer: each law holds for the right one, and says what the wrong one does."""

import dataclasses

import momenta
import pytest
import torch
from claims import fails, local
from momenta import CASE, GAPS, OPTIONS, PARAMS, STEPS

from grader.kit import (
    SubmissionError,
    assert_closure,
    assert_gradients_left_alone,
    assert_matches,
    assert_missing_gradients_skipped,
    assert_options,
    assert_parameters_join,
    assert_resumes,
    assert_updates_in_place,
    trajectory,
)

toy = local(*momenta.EVERY)


def after(case, step, index, name="Right"):
    """A parameter after a step (or before the first, -1)."""
    return PARAMS[index].tensor if step < 0 else trajectory(toy, name, case)[step][index]


LAWS = {
    "in place": lambda name: assert_updates_in_place(toy, name, CASE),
    "missing gradients": lambda name: assert_missing_gradients_skipped(GAPS, trajectory(toy, name, GAPS)),
    "gradients": lambda name: assert_gradients_left_alone(toy, name, CASE),
    "closure": lambda name: assert_closure(toy, name, CASE, expected=trajectory(toy, "Right", CASE)),
    "options": lambda name: assert_options(toy, name, {"lr": 0.5}, OPTIONS),
    "join": lambda name: assert_parameters_join(toy, toy, name, CASE),
    "resume": lambda name: assert_resumes(toy, toy, name, CASE),
}


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_the_right_one_keeps_every_law(law):
    law("Right")


def test_new_storage_is_told_where_an_alias_does_not_see_the_update():
    with fails(
        "params[0] moved, but a detached alias of it did not: the new values lie in new storage, expected an update in place",
        "params[0] 变了，但它的 detach 别名没有变：新的值存放在新的存储中，应当就地更新",
    ) as caught:
        assert_updates_in_place(toy, "NewStorage", CASE)
    assert caught.value.expected is None  # what the parameter holds may be wrong, too
    assert torch.equal(caught.value.actual, PARAMS[0].tensor)
    assert caught.value.quantity == "the alias"


@pytest.mark.parametrize(
    ("name", "en", "zh"),
    [
        ("OtherDtype", "has dtype float32, expected float64", "的数据类型是 float32，应为 float64"),
        ("OtherShape", "has shape (1, 2), expected (2,)", "的形状是 (1, 2)，应为 (2,)"),
    ],
)
def test_another_dtype_or_shape_is_told_before_new_storage(name, en, zh):
    case = dataclasses.replace(CASE, run=dataclasses.replace(CASE.run, steps=STEPS[:1]))
    with fails(f"params[0] {en}", f"params[0] {zh}"):
        assert_updates_in_place(toy, name, case)


@pytest.mark.parametrize(("name", "value"), [("Overflowing", "inf"), ("Undefined", "NaN")])
@pytest.mark.parametrize("law", ["in place", "missing gradients"])
def test_numbers_that_are_not_finite_are_told_before_any_law(name, value, law):
    with fails(f"params[0] after step 2 is {value} at [1], expected a finite number",
               f"第 2 步之后的 params[0] 在 [1] 处是 {value}，应为有限的数") as caught:  # fmt: skip
        LAWS[law](name)
    assert caught.value.quantity == "params[0] after step 2"
    assert not torch.isfinite(caught.value.actual).all()


def test_a_parameter_that_moved_without_a_gradient_is_told():
    with fails("params[0] had no gradient in step 3, expected it to stay where it was",
               "params[0] 在第 3 步没有梯度，应当保持不动") as caught:  # fmt: skip
        assert_missing_gradients_skipped(GAPS, trajectory(toy, "Drifting", GAPS))
    failure = caught.value
    assert failure.quantity == "params[0] after step 3"
    assert torch.equal(failure.expected, after(GAPS, 1, 0))
    assert not torch.equal(failure.actual, failure.expected)


def test_without_a_gradient_in_the_first_step_a_parameter_stays_where_it_began():
    case = dataclasses.replace(GAPS, run=dataclasses.replace(GAPS.run, steps=momenta.MISSING[2:]))
    assert_missing_gradients_skipped(case, trajectory(toy, "Right", case))
    with fails("params[0] had no gradient in step 1, expected it to stay where it was",
               "params[0] 在第 1 步没有梯度，应当保持不动"):  # fmt: skip
        assert_missing_gradients_skipped(case, [[x + 1 for x in step] for step in trajectory(toy, "Right", case)])


def test_changed_gradients_are_told():
    grad = STEPS[0][0].tensor[0].item()
    with fails(f"gradients after two steps[0] first differs at [0]: 0, expected {grad:g}",
               f"两步之后的梯度[0] 最先在 [0] 处不同：0，应为 {grad:g}"):  # fmt: skip
        assert_gradients_left_alone(toy, "Zeroing", CASE)


def test_a_gradient_is_changed_by_the_smallest_difference():
    with pytest.raises(AssertionError, match=r"gradients after two steps\[0\] first differs at \[0\]"):
        assert_gradients_left_alone(toy, "Nudging", CASE)


def test_a_gradient_that_was_made_up_is_told():
    with fails("gradients after two steps[2] is a torch.Tensor (float64, (2,)), expected None",
               "两步之后的梯度[2] 是 torch.Tensor（float64，形状 (2,)），应为 None"):  # fmt: skip
        assert_gradients_left_alone(toy, "Giving", CASE)


def test_a_state_that_hangs_in_a_graph_is_told_by_its_name():
    grown = "state[params[0]]['average'], state[params[1]]['average']"
    with fails(f"after two steps {grown} hangs in an autograd graph, expected updates without one",
               f"走完两步之后，{grown} 仍挂在计算图上，更新时不应记录计算图", ["average"]):  # fmt: skip
        assert_gradients_left_alone(toy, "Growing", CASE)


def test_a_parameter_that_was_frozen_is_told():
    with fails("after two steps a parameter no longer requires gradients", "走完两步之后，有参数不再需要梯度"):
        assert_gradients_left_alone(toy, "Freezing", CASE)


LOSS = sum(float((x.tensor * g.tensor).sum()) for x, g in zip(PARAMS, STEPS[0], strict=True))


@pytest.mark.parametrize(
    ("name", "en", "zh"),
    [
        ("Silent", "the value of step(closure) is None, expected a float", "step(closure) 的返回值是 None，应为 float"),
        (
            "Deaf",
            f"the value of step(closure) is 0, expected {LOSS:g}",
            f"step(closure) 的返回值是 0，应为 {LOSS:g}",
        ),
        (
            "Doubled",
            f"the value of step(closure) is {2 * LOSS:g}, expected {LOSS:g}",
            f"step(closure) 的返回值是 {2 * LOSS:g}，应为 {LOSS:g}",
        ),
        ("Twice", "the number of calls of the closure is 2, expected 1", "闭包被调用的次数是 2，应为 1"),
    ],
)
def test_what_is_wrong_with_the_call_of_a_closure_is_told(name, en, zh):
    with fails(en, zh):
        LAWS["closure"](name)


def test_a_step_with_other_gradients_than_the_closure_s_is_told():
    x, right = PARAMS[0].tensor[0].item(), after(CASE, 0, 0)[0].item()
    with fails(f"params[0] after step 1 first differs at [0]: {x:g}, expected {right:g}",
               f"第 1 步之后的 params[0] 最先在 [0] 处不同：{x:g}，应为 {right:g}"):  # fmt: skip
        LAWS["closure"]("Late")


def test_a_closure_without_gradients_is_an_error_of_the_step():
    with pytest.raises(SubmissionError, match="RuntimeError: element 0 of tensors does not require grad"):
        LAWS["closure"]("WithoutGrad")


def test_a_closure_may_leave_gradients_out():
    case = dataclasses.replace(GAPS, run=dataclasses.replace(GAPS.run, steps=momenta.MISSING[2:]))
    assert_closure(toy, "Right", case, expected=trajectory(toy, "Right", case))
    nothing = dataclasses.replace(case, run=dataclasses.replace(case.run, steps=((None, None, None),)))
    assert_closure(toy, "Right", nothing, expected=trajectory(toy, "Right", nothing))
    with fails("the number of calls of the closure is 2, expected 1", "闭包被调用的次数是 2，应为 1"):
        assert_closure(toy, "Twice", nothing, expected=trajectory(toy, "Right", nothing))


@pytest.mark.parametrize(
    ("name", "given", "en", "zh"),
    [
        ("OtherDefault", {"lr": 0.5}, "['momentum'] is 0.9, expected 0.5", "['momentum'] 是 0.9，应为 0.5"),
        ("Right", {"lr": 0.5, "momentum": 0.25}, None, None),
        ("OtherName", {}, " has no 'momentum', expected 0.5", " 中没有 'momentum'，应为 0.5"),
    ],
)
def test_an_option_that_is_not_there_or_another_is_told_by_its_name(name, given, en, zh):
    if en is None:
        assert_options(toy, name, given, OPTIONS)
        return
    with fails(f"param_groups[0]{en}", f"param_groups[0]{zh}", ["momentum"]):
        assert_options(toy, name, given, OPTIONS)


def test_an_option_may_be_a_list_where_it_is_given_as_a_tuple():
    assert_options(toy, "ListOption", {}, {"lr": 0.1, "momentum": (0.5, 0.5)})
    with fails("param_groups[0]['momentum'][1] is 0.5, expected 0.25", "param_groups[0]['momentum'][1] 是 0.5，应为 0.25",
               ["momentum"]):  # fmt: skip
        assert_options(toy, "ListOption", {}, {"momentum": (0.5, 0.25)})


def test_parameters_that_join_and_do_not_move_are_told():
    wrong = local(Right=momenta.FirstGroupOnly)
    start = PARAMS[1].tensor[0, 1].item()
    step = 0.25 * STEPS[2][1].tensor[0, 1].item()  # the first one of this parameter, without a velocity
    with fails(
        f"params[1] after step 3 (params[1:] joined after step 2) first differs at [0, 1]: "
        f"{start:.6g}, expected {start - step:.6g}",
        "第 3 步之后的 params[1]（params[1:] 在第 2 步之后加入）最先在 [0, 1] 处不同："
        f"{start:.6g}，应为 {start - step:.6g}",
    ):
        assert_parameters_join(wrong, toy, "Right", CASE)


def test_a_run_that_does_not_go_on_where_it_was_left_is_told():
    wrong = local(Right=momenta.Forgetful)
    assert_matches(trajectory(wrong, "Right", CASE), trajectory(toy, "Right", CASE))
    mine = after(CASE, 1, 0)[0].item() - 0.25 * STEPS[2][0].tensor[0].item()
    right = after(CASE, 2, 0)[0].item()
    with fails(
        f"params[0] after step 3 (resumed from the state after step 2) first differs at [0]: {mine:.6g}, "
        f"expected {right:.6g}",
        f"第 3 步之后的 params[0]（由第 2 步之后的状态继续）最先在 [0] 处不同：{mine:.6g}，应为 {right:.6g}",
    ):
        assert_resumes(wrong, toy, "Right", CASE)


@pytest.mark.parametrize(("steps", "last"), [(2, 1), (3, 2), (4, 2)])
def test_a_resumed_run_is_told_with_the_last_step_before_the_break(steps, last):
    case = dataclasses.replace(CASE, run=dataclasses.replace(CASE.run, steps=STEPS[:steps]))
    with pytest.raises(
        AssertionError, match=rf"params\[0\] after step {last + 1} \(resumed from the state after step {last}\)"
    ):
        assert_resumes(local(Right=momenta.Forgetful), toy, "Right", case)


@pytest.mark.parametrize("law", [assert_resumes, assert_parameters_join])
def test_how_closely_trajectories_agree_may_be_said(law):
    near = local(Right=type("Near", (momenta.Right,), {"velocity": nearly}))
    law(near, toy, "Right", CASE, {"rtol": 1e-3})
    with pytest.raises(AssertionError, match="first differs"):
        law(near, toy, "Right", CASE)


def nearly(self, x, group):
    return momenta.Right.velocity(self, x, group) * (1 + 1e-5)
