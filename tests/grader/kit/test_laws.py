"""Distributions and dropout: each law holds for what is right, and says which number breaks it."""

import pytest
import torch
from claims import fails

from grader.kit import assert_distributions, assert_drop_rate, assert_dropped, assert_same

t = torch.tensor
NAN = float("nan")
MASK = t([[True, True, False], [True, False, False]])
ROWS = t([[0.25, 0.75, 0.0], [1.0, 0.0, 0.0]])


@pytest.mark.parametrize(
    ("weights", "allowed"),
    [
        (ROWS, None),
        (ROWS, MASK),
        (ROWS.double().expand(2, 2, 3), MASK),
        (ROWS + t([1e-6, 0.0, 0.0]), MASK),
        (torch.ones(2, 1), None),
        (torch.zeros(0, 3), None),
        (torch.zeros(0, 3), MASK[0]),
        (torch.zeros(2, 0, 3), MASK[:1]),
    ],
    ids=["rows", "masked", "broadcast", "nearly", "one key", "no rows", "no rows, masked", "no queries"],
)
def test_rows_that_are_distributions_are_left_alone(weights, allowed):
    assert_distributions(weights, allowed)


@pytest.mark.parametrize(("weight", "said"), [(-0.5, "-0.5"), (-1e-8, "-1e-08")])
def test_a_negative_weight_is_told(weight, said):
    weights = t([[0.5, 0.5], [weight, 1 - weight]])
    with fails(f"the weight at [1, 0] is {said}, expected all of them to be at least 0",
               f"[1, 0] 处的权重是 {said}，所有权重都应不小于 0") as caught:  # fmt: skip
        assert_distributions(weights, t([True, False]))
    assert (caught.value.actual is weights, caught.value.quantity) == (True, "weights")


def test_a_weight_that_is_not_a_number_is_told_before_any_law():
    with fails("weights is NaN at [0, 1], expected a finite number", "weights 在 [0, 1] 处是 NaN，应为有限的数"):
        assert_distributions(t([[-1.0, NAN]]))


def test_a_masked_key_with_a_weight_is_told_and_where():
    weights = t([[0.25, 0.5, 0.25], [0.875, 0.0625, 0.0625]])
    with fails(
        "the masked key at [0, 2] has the weight 0.25, expected exactly 0",
        "[0, 2] 处的键已被掩蔽，却分到了权重 0.25，应恰好为 0",
    ) as caught:
        assert_distributions(weights, MASK, quantity="attention_weights")
    assert caught.value.expected is None  # who gives a masked key a weight has the other weights wrong, too
    assert caught.value.quantity == "attention_weights"
    with fails("the masked key at [0, 1] has the weight 1e-30, expected exactly 0",
               "[0, 1] 处的键已被掩蔽，却分到了权重 1e-30，应恰好为 0"):  # fmt: skip
        assert_distributions(t([[1.0, 1e-30]]), t([True, False]))


@pytest.mark.parametrize(
    ("weights", "row", "total"),
    [
        ([[0.5, 0.5], [0.5, 0.25]], 1, "0.75"),
        ([[0.5, 0.5], [2.0, 0.0]], 1, "2"),
        ([[0.0, 0.0]], 0, "0"),
        ([[0.5, 0.5001]], 0, "1.0001"),
    ],
)
def test_a_row_that_does_not_sum_to_one_is_told_by_its_sum(weights, row, total):
    with fails(f"the weights of row [{row}] sum to {total}, expected 1",
               f"第 [{row}] 行的权重之和为 {total}，应为 1") as caught:  # fmt: skip
        assert_distributions(t(weights), quantity="w")
    assert caught.value.quantity == "w.sum(dim=-1)"
    assert torch.equal(caught.value.actual, t(weights).sum(-1))


def test_rows_without_keys_sum_to_nothing():
    with fails("the weights of row [0] sum to 0, expected 1", "第 [0] 行的权重之和为 0，应为 1"):
        assert_distributions(torch.zeros(2, 0))
    with fails("the weights sum to 0.5, expected 1", "权重之和为 0.5，应为 1"):
        assert_distributions(t([0.5]))


KEPT = torch.cat([torch.linspace(1, 2, 400, dtype=torch.float64), torch.zeros(10, dtype=torch.float64)])
DROPPED = torch.arange(410) % 4 == 0
RIGHT = torch.where(DROPPED, 0, KEPT / 0.75)


def test_what_is_zero_or_scaled_as_often_as_the_rate_says_is_dropout():
    assert_dropped(RIGHT, KEPT, 0.25, quantity="weights")
    assert_dropped(KEPT, KEPT, 0.0, quantity="weights")


def test_the_entry_that_is_most_unlike_zero_and_scaled_is_told():
    with fails("in training with dropout=0.25, the weight 2 became 2, expected 0 or 2.66667",
               "训练时 dropout=0.25，权重 2 变成了 2，应为 0 或 2.66667") as caught:  # fmt: skip
        assert_dropped(torch.where(DROPPED, 0, KEPT), KEPT, 0.25, quantity="weights")
    assert caught.value.quantity == "weights"
    assert caught.value.expected is None  # what is 0 is a matter of chance


def test_what_is_not_a_number_after_dropout_is_told_as_such():
    with fails("weights is NaN at [1], expected a finite number", "weights 在 [1] 处是 NaN，应为有限的数"):
        assert_dropped(torch.where(RIGHT > 0, NAN, RIGHT), KEPT, 0.25, quantity="weights")


SWAPPED = {"en": "with the rows swapped", "zh": "交换两行后"}


def test_two_results_of_ones_own_that_differ_are_told_with_both_and_nothing_is_expected():
    assert_same({"a": t([1.0])}, {"a": t([1.0])}, quantity="y", otherwise=SWAPPED)
    with fails("y is 1 at [0], but 2 with the rows swapped; expected the same",
               "y 在 [0] 处是 1，交换两行后却是 2；两者应当相同") as caught:  # fmt: skip
        assert_same(t([1.0]), t([2.0]), quantity="y", otherwise=SWAPPED)
    assert (caught.value.expected, caught.value.index, caught.value.clear) == (None, [0], True)
    with fails("y[1] is 1, but 1.00001 with the rows swapped; expected the same",
               "y[1] 是 1，交换两行后却是 1.00001；两者应当相同") as caught:  # fmt: skip
        assert_same([0.0, 1.0], [0.0, 1.00001], quantity="y", otherwise=SWAPPED)
    assert not caught.value.clear


def test_results_of_ones_own_of_another_shape_or_without_numbers_are_told_as_such():
    with fails("y has shape (1,), expected (2,)", "y 的形状是 (1,)，应为 (2,)"):
        assert_same(torch.ones(1), torch.ones(2), quantity="y", otherwise=SWAPPED)
    with fails("y is NaN at [0], expected a finite number", "y 在 [0] 处是 NaN，应为有限的数"):
        assert_same(t([NAN]), t([NAN]), quantity="y", otherwise=SWAPPED)
    with fails("y is 1 at [0], but NaN where the same is computed another way; expected finite numbers",
               "y 在 [0] 处是 1，换一种方式计算同一个量却得到 NaN；两者都应为有限的数") as caught:  # fmt: skip
        assert_same(t([1.0]), t([NAN]), quantity="y", otherwise=SWAPPED)
    assert caught.value.expected is None


def test_an_entry_has_the_name_that_it_is_given():
    entry = {"en": "activation", "zh": "激活值"}
    with fails("in training with dropout=0.5, the activation 2 became 1, expected 0 or 4",
               "训练时 dropout=0.5，激活值 2 变成了 1，应为 0 或 4"):  # fmt: skip
        assert_dropped(t([1.0]), t([2.0]), 0.5, quantity="H", weight=entry)
    with fails("every activation is 0 without dropout, expected some that are not",
               "不使用暂退法时，激活值全部是 0，应有不为 0 的"):  # fmt: skip
        assert_dropped(torch.zeros(3), torch.zeros(3), 0.5, quantity="H", weight=entry)


def test_nothing_to_drop_is_told():
    with fails("every weight is 0 without dropout, expected some that are not",
               "不使用暂退法时，权重全部是 0，应有不为 0 的") as caught:  # fmt: skip
        assert_dropped(torch.zeros(3), torch.zeros(3), 0.5, quantity="weights")
    assert caught.value.quantity == "weights"


@pytest.mark.parametrize(("used", "share"), [(KEPT / 0.75, "0%"), (KEPT * 0, "100%")], ids=["none", "all"])
def test_another_share_of_zeros_is_told_among_the_entries_that_were_not_zero_before(used, share):
    with fails(f"in training with dropout=0.25, {share} of 400 entries of weights were dropped, expected about 25%",
               f"训练时 dropout=0.25，weights 的 400 项中有 {share} 被丢弃，应约为 25%") as caught:  # fmt: skip
        assert_dropped(used, KEPT, 0.25, quantity="weights")
    assert torch.equal(caught.value.actual, used)


@pytest.mark.parametrize("count", [145, 200, 255])
def test_a_share_within_seven_standard_deviations_is_about_the_rate(count):
    assert_drop_rate(torch.arange(400) < count, 0.5, quantity="weights", actual=KEPT)


@pytest.mark.parametrize(("count", "share"), [(129, "32%"), (271, "68%")])
def test_a_share_beyond_seven_standard_deviations_is_told(count, share):
    quantity = {"en": "the two outputs", "zh": "两个输出"}
    with fails(f"in training with dropout=0.3, {share} of 400 entries of the two outputs were dropped, expected about 50%",
               f"训练时 dropout=0.3，两个输出的 400 项中有 {share} 被丢弃，应约为 50%") as caught:  # fmt: skip
        assert_drop_rate(torch.arange(400) < count, 0.5, quantity=quantity, actual=KEPT, dropout=0.3)
    assert (caught.value.quantity, caught.value.actual is KEPT) == ("the two outputs", True)
