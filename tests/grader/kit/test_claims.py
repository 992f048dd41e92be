"""tensor, number, check and Mismatch: what a property requires of one value."""

import numpy as np
import pytest
import torch
from claims import fails, in_chinese

from grader.kit import Mismatch, check, number, tensor
from grader.kit.assertions import assert_finite

NAN, INF = float("nan"), float("inf")
LAW = {"en": "expected 2 of weights", "zh": "weights 应有 2 个"}


def test_a_tensor_is_given_back_without_its_graph():
    x = torch.ones(2, requires_grad=True)
    given = tensor(2 * x, shape=(2,), dtype=torch.float32)
    assert (given.tolist(), given.requires_grad) == ([2.0, 2.0], False)
    assert tensor(torch.nn.Parameter(x), "x", shape=(2,)).tolist() == [1.0, 1.0]
    assert tensor(torch.zeros(()), shape=()).shape == ()


@pytest.mark.parametrize(
    ("value", "found"),
    [(None, "None"), (1.0, "a float"), ([1.0], "a list"), (np.float64(1), "a float64"), (True, "a bool")],
)
def test_what_is_no_tensor_is_told_by_its_type(value, found):
    kind = found.removeprefix("a ")
    with fails(f"returned {found}, expected a torch.Tensor", f"返回了 {kind}，应返回 torch.Tensor"):
        tensor(value)
    with fails(f"x is {found}, expected a torch.Tensor", f"x 是 {kind}，应为 torch.Tensor"):
        tensor(value, "x", shape=(1,), dtype=torch.float64)


def test_a_tensor_of_another_shape_or_dtype_is_told_by_both():
    x = torch.zeros(2, 1)
    with fails("the result has shape (2, 1), expected (2,)", "结果的形状是 (2, 1)，应为 (2,)"):
        tensor(x, shape=(2,), dtype=torch.float64)
    with fails("x has dtype float32, expected float64", "x 的数据类型是 float32，应为 float64") as caught:
        tensor(x, "x", shape=(2, 1), dtype=torch.float64)
    assert (caught.value.quantity, caught.value.shows_values) == ("x", False)
    with fails("the gradient has dtype float32, expected int64", "梯度的数据类型是 float32，应为 int64") as caught:
        tensor(x, {"en": "the gradient", "zh": "梯度"}, dtype=torch.int64)
    assert caught.value.quantity == "the gradient"


@pytest.mark.parametrize("value", [2, 2.0, torch.tensor(2), torch.tensor(2.0, requires_grad=True), np.float64(2)])
def test_a_number_is_given_back_as_a_float(value):
    given = number(value)
    assert (type(given), given) in [(float, 2.0), (np.float64, 2.0)]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (None, "None"),
        (True, "a bool"),
        ("2", "a str"),
        ([2.0], "a list"),
        (torch.zeros(1), "a torch.Tensor (float32, (1,))"),
        (torch.zeros(2).double(), "a torch.Tensor (float64, (2,))"),
    ],
)
def test_what_is_no_number_is_told_by_its_type(value, found):
    kind = in_chinese(found)
    with fails(f"returned {found}, expected a float", f"返回了 {kind}，应返回 float"):
        number(value)
    with fails(f"loss is {found}, expected a float", f"loss 是 {kind}，应为 float", ["loss"]) as caught:
        number(value, "loss")
    assert caught.value.quantity == "loss"


def test_where_a_plain_number_is_due_a_tensor_is_none():
    assert number(2, plain=True) == 2.0
    with fails("returned a torch.Tensor (float64, ()), expected a float",
               "返回了 torch.Tensor（float64，形状 ()），应返回 float"):  # fmt: skip
        number(torch.tensor(0.02, dtype=torch.float64), plain=True)


@pytest.mark.parametrize(
    ("actual", "expected", "said", "zh"),
    [
        (torch.tensor([1.0, NAN]), None, "x is NaN at [1], expected a finite number", "x 在 [1] 处是 NaN，应为有限的数"),
        (torch.tensor([1.0, NAN]), torch.tensor([0.0, 0.5]), "x is NaN at [1], expected 0.5", "x 在 [1] 处是 NaN，应为 0.5"),
        (torch.tensor([NAN]), torch.tensor([NAN]), "x is NaN at [0], expected a finite number",
         "x 在 [0] 处是 NaN，应为有限的数"),
        (torch.tensor([NAN]), torch.zeros(2), "x is NaN at [0], expected a finite number",
         "x 在 [0] 处是 NaN，应为有限的数"),
        (NAN, 0.5, "x is NaN, expected 0.5", "x 是 NaN，应为 0.5"),
        (NAN, None, "x is NaN, expected a finite number", "x 是 NaN，应为有限的数"),
    ],
    ids=repr,
)  # fmt: skip
def test_where_a_law_finds_nan_that_is_what_is_told(actual, expected, said, zh):
    with fails(said, zh) as caught:
        check(False, LAW, expected=expected, actual=actual, quantity="x")
    assert caught.value.actual is actual
    shown = torch.as_tensor(0.0 if caught.value.expected is None else caught.value.expected)
    assert not shown.isnan().any()


def test_an_infinity_is_told_where_finite_numbers_are_due_and_nowhere_else():
    x = torch.tensor([0.0, -INF])
    assert_finite(x[:1])
    assert_finite(x, expected=x)
    with fails("the result is -inf at [1], expected a finite number", "结果在 [1] 处是 -inf，应为有限的数"):
        assert_finite(x)
    with fails("the result is -inf at [1], expected 2", "结果在 [1] 处是 -inf，应为 2"):
        assert_finite(x, expected=torch.tensor([0.0, 2.0]))
    with fails(LAW["en"], LAW["zh"]):
        check(False, LAW, actual=x)


@pytest.mark.parametrize("holds", [True, 1, torch.tensor(True), np.True_, [0]])
def test_a_law_that_holds_says_nothing(holds):
    check(holds, LAW, expected=1, actual=2)


@pytest.mark.parametrize("holds", [False, 0, None, torch.tensor(False), np.False_, []])
def test_a_law_that_does_not_hold_is_told_in_its_own_words(holds):
    with fails(LAW["en"], LAW["zh"]) as caught:
        check(holds, LAW, expected=2, actual=3, quantity="weights")
    failure = caught.value
    assert (failure.expected, failure.actual, failure.quantity, failure.index) == (2, 3, "weights", None)


@pytest.mark.parametrize(("shown", "expected"), [({"expected": 0}, True), ({"actual": 0.0}, True), ({}, False)])
def test_a_mismatch_has_values_to_show_where_it_was_given_some(shown, expected):
    assert Mismatch(LAW, **shown).shows_values == expected


def test_a_mismatch_is_an_assertion_error_in_english():
    failure = Mismatch(LAW, quantity={"en": "the sum", "zh": "和"}, index=[0, 1])
    assert isinstance(failure, AssertionError)
    assert (str(failure), failure.text, failure.quantity, failure.index) == (LAW["en"], LAW, "the sum", [0, 1])
