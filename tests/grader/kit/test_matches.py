"""assert_matches: type, then shape, then dtype, then values; NaN equals nothing; each difference has its sentence."""

import numpy as np
import pytest
import torch
from claims import fails, in_chinese, local

from grader.kit import Mismatch, assert_matches
from grader.kit.assertions import comparisons_heard
from grader.kit.tolerances import EXACT, TOLERANCES, Tolerance, tolerance

NAN, INF = float("nan"), float("inf")
t = torch.tensor


class Own:
    pass


def make():
    return Own()


@pytest.mark.parametrize(
    "value",
    [
        None, True, 1, 2.5, INF, -INF, "text", [], (), {}, t(1.0), t([]), t([1, 2]), t([True]), t([INF, -INF]),
        t([[1.0], [2.0]]), [1, (2.0, {"a": None})], {"a": [t([1.0])], 1: (), None: "x"},
    ],
    ids=repr,
)  # fmt: skip
def test_everything_plain_matches_itself(value):
    assert_matches(value, value)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (1, 1.0),
        (t(1.0), 1.0),
        (t(1), 1.0),
        (np.float64(1), 1.0),
        (torch.nn.Parameter(t([1.0])), t([1.0])),
        (t([1.0]), t([1.0], requires_grad=True)),
        ({"b": 2, "a": 1}, {"a": 1, "b": 2}),
        (torch.zeros(0, 3), torch.zeros(0, 3)),
    ],
    ids=repr,
)
def test_what_counts_as_the_same(actual, expected):
    assert_matches(actual, expected)


WRONG_TYPES = [
    (None, t(1.0), "None", "a torch.Tensor"),
    (1.0, t(1.0), "a float", "a torch.Tensor"),
    ([1.0], t([1.0]), "a list", "a torch.Tensor"),
    (t(1.0), None, "a torch.Tensor (float32, ())", "None"),
    (t(1), 1, "a torch.Tensor (int64, ())", "an int"),
    (t([1.0]), 1.0, "a torch.Tensor (float32, (1,))", "a float"),
    (torch.nn.Parameter(t(1.0)), "x", "a torch.Tensor (float32, ())", "a str"),
    (1.0, 1, "a float", "an int"),
    (True, 1, "a bool", "an int"),
    (True, 1.0, "a bool", "a float"),
    (1, True, "an int", "a bool"),
    ("1", 1.0, "a str", "a float"),
    (None, 1.0, "None", "a float"),
    (None, "x", "None", "a str"),
    ((), [], "a tuple", "a list"),
    ([], (), "a list", "a tuple"),
    (None, {}, "None", "a dict"),
    (np.float32(1), 1.0, "a float32", "a float"),
    (b"", None, "a bytes", "None"),
]


@pytest.mark.parametrize(("actual", "expected", "found", "wanted"), WRONG_TYPES, ids=repr)
def test_another_type_is_told_by_both_types(actual, expected, found, wanted):
    zh, due = in_chinese(found), in_chinese(wanted)
    with fails(f"returned {found}, expected {wanted}", f"返回了 {zh}，应返回 {due}"):
        assert_matches(actual, expected)
    with fails(f"x is {found}, expected {wanted}", f"x 是 {zh}，应为 {due}") as caught:
        assert_matches(actual, expected, quantity="x")
    assert caught.value.quantity == "x"
    assert not caught.value.shows_values


def test_an_object_is_told_by_the_class_that_it_is_of():
    with fails("returned a test_matches.Own, expected a torch.Tensor", "返回了 test_matches.Own，应返回 torch.Tensor",
               ["test_matches", "Own"]):  # fmt: skip
        assert_matches(local(make).make(), t(1.0))


def test_another_shape_comes_before_another_dtype():
    with fails("the result has shape (1, 2), expected (2, 1)", "结果的形状是 (1, 2)，应为 (2, 1)"):
        assert_matches(torch.zeros(1, 2), torch.zeros(2, 1, dtype=torch.int64))
    with fails("y has shape (), expected (1,)", "y 的形状是 ()，应为 (1,)"):
        assert_matches(torch.zeros(()), torch.zeros(1), quantity="y")


def test_another_dtype_comes_before_other_values():
    with fails("the result has dtype float32, expected float64", "结果的数据类型是 float32，应为 float64"):
        assert_matches(torch.zeros(2), torch.ones(2).double())
    with fails("y has dtype bool, expected int64", "y 的数据类型是 bool，应为 int64"):
        assert_matches(t([True]), t([1]), quantity="y")


DIFFERENT = [
    (t([1.0, 2.0]), t([1.0, 3.0]), [1], "2", "3"),
    (t([[1.0, 2.0], [3.0, 4.0]]), t([[1.0, 2.0], [0.5, 0.5]]), [1, 0], "3", "0.5"),
    (t([1, 2]), t([1, 3]), [1], "2", "3"),
    (t([2**60]), t([2**60 + 1]), [0], str(2**60), str(2**60 + 1)),
    (t([5], dtype=torch.uint8), t([4], dtype=torch.uint8), [0], "5", "4"),
    (t([True]), t([False]), [0], "True", "False"),
    (t([1.001, 2.0, 1.0]), t([1.0, 2.0, 3.0]), [2], "1", "3"),
    (t([1.0]).double() + 1e-6, t([1.0]).double(), [0], "1.000001", "1"),
    (t([1.0]).half(), t([1.125]).half(), [0], "1", "1.125"),
    (t([1.0]).bfloat16(), t([1.5]).bfloat16(), [0], "1", "1.5"),
]


@pytest.mark.parametrize(("actual", "expected", "at", "mine", "theirs"), DIFFERENT, ids=repr)
def test_the_first_different_entry_is_told_with_both_values(actual, expected, at, mine, theirs):
    with fails(
        f"the result first differs at {at}: {mine}, expected {theirs}", f"结果最先在 {at} 处不同：{mine}，应为 {theirs}"
    ) as caught:
        assert_matches(actual, expected)
    failure = caught.value
    assert [repr(failure.actual), repr(failure.expected)] == [repr(actual), repr(expected)]
    assert (failure.index, failure.shows_values) == (at, True)


@pytest.mark.parametrize(
    ("actual", "expected", "at", "mine", "theirs"),
    [
        (t([0.0, NAN]), t([0.0, 1.0]), [1], "NaN", "1"),
        (t([9.0, NAN]), t([0.0, 1.0]), [1], "NaN", "1"),
        (t([INF]), t([1.0]), [0], "inf", "1"),
        (t([1.0]), t([-INF]), [0], "1", "-inf"),
        (t([-INF]), t([INF]), [0], "-inf", "inf"),
    ],
    ids=repr,
)
def test_nan_and_infinity_are_told_before_numbers(actual, expected, at, mine, theirs):
    with fails(f"the result is {mine} at {at}, expected {theirs}", f"结果在 {at} 处是 {mine}，应为 {theirs}") as caught:
        assert_matches(actual, expected)
    assert (caught.value.index, torch.equal(caught.value.expected, expected)) == (at, True)


def test_a_nan_is_never_what_is_expected():
    with fails("the result is NaN at [0], expected a finite number", "结果在 [0] 处是 NaN，应为有限的数") as caught:
        assert_matches(t([NAN]), t([NAN]))
    assert caught.value.expected is None
    with fails("x is 1 at [0], but NaN where the same is computed another way; expected finite numbers",
               "x 在 [0] 处是 1，换一种方式计算同一个量却得到 NaN；两者都应为有限的数") as caught:  # fmt: skip
        assert_matches(t([1.0]), t([NAN]), quantity="x")
    assert caught.value.expected is None
    with fails("x is NaN, expected a finite number", "x 是 NaN，应为有限的数"):
        assert_matches(NAN, NAN, quantity="x")
    with fails("x is 1, but NaN where the same is computed another way; expected finite numbers",
               "x 是 1，换一种方式计算同一个量却得到 NaN；两者都应为有限的数"):  # fmt: skip
        assert_matches(1.0, NAN, quantity="x")


@pytest.mark.parametrize(
    ("actual", "expected", "clear"),
    [
        (t([4.60149]).double(), t([4.6015]).double(), False),
        (t([1.0, 4.60149]), t([1.0, 4.8]), True),
        (4.60149, 4.6015, False),
        (0.99, 1.0, True),
        (0.991, 1.0, False),
        (t([1e-4]), t([0.0]), True),
        (t([100]), t([101]), True),
        ([100, 3], [101, 3], True),
        ([t([1.0]), t([2.0])], [t([1.0]), t([2.1])], True),
        (t([1.0]), t([1.0, 2.0]), True),
        (t([1.0]), t([1.001]).double(), True),
        (t([NAN]), t([1.0]), True),
        (1.0, None, True),
        ("a", "b", True),
    ],
    ids=repr,
)
def test_a_difference_below_one_per_cent_is_not_clear(actual, expected, clear):
    assert Mismatch({"en": "", "zh": ""}, actual=actual, expected=expected).clear == clear
    with pytest.raises(Mismatch) as caught:
        assert_matches(actual, expected)
    assert caught.value.clear == clear


def test_the_entry_where_it_is_said_to_differ_decides_whether_that_is_clear():
    assert not Mismatch({"en": "", "zh": ""}, actual=t([1.0, 2.0]), expected=t([1.001, 3.0]), index=[0]).clear


def test_of_several_entries_the_first_that_differs_clearly_is_told():
    with fails("entry 1 first differs at [0]: 1, expected 2", "第 1 项最先在 [0] 处不同：1，应为 2"):
        assert_matches([t([1.0]), t([1.0])], [t([1.001]), t([2.0])])
    with fails("a first differs at [0]: 1, expected 1.001", "a 最先在 [0] 处不同：1，应为 1.001"):
        assert_matches({"a": t([1.0]), "b": t([1.0])}, {"a": t([1.001]), "b": t([1.002])})


def test_gradients_are_no_part_of_a_value():
    with fails("x first differs at [0]: 1, expected 2", "x 最先在 [0] 处不同：1，应为 2") as caught:
        assert_matches(t([1.0], requires_grad=True), t([2.0], requires_grad=True), quantity="x")
    assert not caught.value.actual.requires_grad
    assert not caught.value.expected.requires_grad


@pytest.mark.parametrize(("actual", "mine"), [(t(1.0), "1"), (t(NAN), "NaN"), (t(-INF), "-inf")], ids=repr)
def test_a_tensor_without_axes_has_no_place_where_it_differs(actual, mine):
    with fails(f"the result is {mine}, expected 2", f"结果是 {mine}，应为 2") as caught:
        assert_matches(actual, t(2.0))
    assert caught.value.index == []


@pytest.mark.parametrize(
    ("actual", "expected", "mine", "theirs"),
    [
        (1.0, 2.0, "1", "2"),
        (1, 2.0, "1", "2"),
        (t(1.0), 2.0, "1", "2"),
        (1 + 1e-6, 1.0, "1.000001", "1"),
        (1.0000001234567, 1.0, "1.0000001", "1"),
        (NAN, 1.0, "NaN", "1"),
        (INF, 1.0, "inf", "1"),
        (1.0, INF, "1", "inf"),
        (1.0, -INF, "1", "-inf"),
        (-INF, INF, "-inf", "inf"),
        (INF, -INF, "inf", "-inf"),
        (NAN, INF, "NaN", "inf"),
    ],
)
def test_another_number_is_told_with_as_many_digits_as_it_takes(actual, expected, mine, theirs):
    with fails(f"the result is {mine}, expected {theirs}", f"结果是 {mine}，应为 {theirs}"):
        assert_matches(actual, expected)
    with fails(f"loss is {mine}, expected {theirs}", f"loss 是 {mine}，应为 {theirs}", ["loss"]) as caught:
        assert_matches(actual, expected, quantity="loss")
    assert repr(caught.value.expected) == repr(expected)
    assert repr(caught.value.actual) == repr(float(actual))


def test_a_tensor_that_is_nearly_the_number_is_told_by_its_type():
    with fails(
        "returned a torch.Tensor (float32, ()), expected a float",
        "返回了 torch.Tensor（float32，形状 ()），应返回 float",
    ):
        assert_matches(t(0.09), 0.09 + 1e-7)
    with fails("lr is 0.5, expected 0.09", "lr 是 0.5，应为 0.09", ["lr"]):
        assert_matches(t(0.5), 0.09, quantity="lr")


@pytest.mark.parametrize(("actual", "expected"), [(1, 2), (True, False), ("a", "b"), ("", "a b"), (10**18, 10**18 + 1)])
def test_another_plain_value_is_told_as_it_is_written(actual, expected):
    with fails(f"the result is {actual!r}, expected {expected!r}", f"结果是 {actual!r}，应为 {expected!r}") as caught:
        assert_matches(actual, expected)
    assert (caught.value.actual, caught.value.expected) == (actual, expected)


@pytest.mark.parametrize(
    ("actual", "expected", "name", "zh"),
    [
        ([0.0, 1.0], [0.0, 2.0], "entry 1", "第 1 项"),
        ((1.0, [0.0, 1.0]), (1.0, [0.0, 2.0]), "entry 1[1]", "第 1 项[1] "),
        ({"output": 1.0}, {"output": 2.0}, "output", "output "),
        ({"state": [1.0, (1.0,)]}, {"state": [1.0, (2.0,)]}, "state[1][0]", "state[1][0] "),
        ({"state": {"k": {3: 1.0}}}, {"state": {"k": {3: 2.0}}}, "state['k'][3]", "state['k'][3] "),
        ([{"k": 1.0}], [{"k": 2.0}], "entry 0['k']", "第 0 项['k'] "),
    ],
)
def test_what_is_within_is_named_by_the_way_to_it(actual, expected, name, zh):
    with fails(f"{name} is 1, expected 2", f"{zh}是 1，应为 2", ["output"]) as caught:
        assert_matches(actual, expected)
    assert caught.value.quantity == name


def test_a_name_in_both_languages_goes_all_the_way():
    steps = {"en": "params after each step", "zh": "各步之后的参数"}
    with fails("params after each step[1][0] first differs at [1]: 0, expected 1",
               "各步之后的参数[1][0] 最先在 [1] 处不同：0，应为 1") as caught:  # fmt: skip
        assert_matches([[t([0.0])], [t([0.0, 0.0])]], [[t([0.0])], [t([0.0, 1.0])]], quantity=steps)
    assert caught.value.quantity == "params after each step[1][0]"
    clause = {"en": "params, in two groups,", "zh": "参数（分两组）"}
    with fails("params, in two groups, [0] is 1, expected 2", "参数（分两组）[0] 是 1，应为 2"):
        assert_matches([1.0], [2.0], quantity=clause)


def test_one_space_sets_code_off_from_chinese_however_its_name_is_written():
    for zh in ("f(x)", "f(x) "):
        with fails("y is 1, expected 2", "f(x) 是 1，应为 2"):
            assert_matches(1.0, 2.0, quantity={"en": "y", "zh": zh})
    with fails("y is 1, expected 2", "结果是 1，应为 2"):
        assert_matches(1.0, 2.0, quantity={"en": "y", "zh": "结果 "})


def test_other_keys_are_told_by_all_of_both():
    with fails("the result has the keys ['b', 1], expected ['a']", "结果的字典键是 ['b', 1]，应为 ['a']"):
        assert_matches({"b": 1, 1: 2}, {"a": 1})
    with fails("state has the keys [], expected ['a']", "state 的字典键是 []，应为 ['a']"):
        assert_matches({}, {"a": 1}, quantity="state")


@pytest.mark.parametrize(("actual", "expected"), [([1], [1, 2]), ((1, 2, 3), ()), ([], [[]])], ids=repr)
def test_another_length_is_told_by_both(actual, expected):
    have, want = len(actual), len(expected)
    with fails(f"the result has {have} entries, expected {want}", f"结果有 {have} 项，应有 {want} 项") as caught:
        assert_matches(actual, expected)
    assert (caught.value.actual, caught.value.expected) == (actual, expected)


@pytest.mark.parametrize("dtype", TOLERANCES)
def test_within_the_tolerance_of_the_dtype_it_is_the_same_and_beyond_it_is_not(dtype):
    expected = t([1.0, 0.0], dtype=getattr(torch, dtype))
    allowed = TOLERANCES[dtype]
    near, far = (expected + t([factor * allowed.rtol, factor * allowed.atol]).to(expected.dtype) for factor in (0.6, 2))
    assert_matches(near, expected)
    with pytest.raises(AssertionError, match="first differs at"):
        assert_matches(far, expected)


def test_either_part_of_the_tolerance_may_be_another():
    x = t([1.0])
    assert_matches(x + 0.01, x, rtol=0.02)
    assert_matches(x + 0.01, x, atol=0.02)
    assert_matches({"a": [x + 0.01]}, {"a": [x]}, atol=0.02)
    assert_matches({"a": (1.01, 0.01)}, {"a": (1.0, 0.0)}, rtol=0.005, atol=0.011)
    for options in ({"rtol": 0.005}, {"atol": 0.005}, {"rtol": 0.0, "atol": 0.0}):
        with pytest.raises(AssertionError, match="first differs"):
            assert_matches(x + 0.01, x, **options)
        with pytest.raises(AssertionError, match=r"is 1\.01, expected 1"):
            assert_matches(1.01, 1.0, **options)
    with pytest.raises(AssertionError, match="expected 1"):
        assert_matches(1 + 2**-52, 1.0, rtol=0.0, atol=0.0)


def test_numbers_are_as_close_as_float64():
    assert tolerance("float64") == TOLERANCES["float64"] == Tolerance(1e-7, 1e-9)
    assert_matches(1 + 0.9e-7, 1.0)
    assert_matches(0.9e-9, 0.0)
    with pytest.raises(AssertionError):
        assert_matches(1 + 1.1e-7, 1.0)


def test_whole_numbers_have_no_tolerance_but_one_that_is_asked_for():
    assert tolerance("int64") == EXACT
    assert tolerance("int64", rtol=0.5) == Tolerance(0.5, 0.0)
    assert_matches(t([10]), t([11]), atol=1)


def test_who_listens_hears_every_comparison_of_tensors_and_what_is_allowed():
    heard = []
    with comparisons_heard(lambda *told: heard.append(told)):
        assert_matches([t([1.0]), 2.0], [t([1.0]), 2.0], rtol=0.5)
    assert_matches(t([1.0]), t([1.0]))
    [(actual, expected, allowed)] = heard
    assert (actual.item(), expected.item(), allowed) == (1.0, 1.0, Tolerance(0.5, 1e-5))
