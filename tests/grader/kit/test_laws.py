"""Distributions and dropout: each law holds for what is right, and says which number breaks it."""

import pytest
import torch
from claims import fails

from grader.kit import assert_distributions, assert_drop_rate, assert_dropped

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


@pytest.mark.parametrize(("weight", "said"), [(-0.5, "-0.5"), (-1e-8, "-1e-08"), (NAN, "nan")])
def test_a_negative_weight_is_told(weight, said):
    weights = t([[0.5, 0.5], [weight, 1 - weight]])
    with fails(f"there is a weight of {said}, expected all of them to be at least 0",
               f"出现了权重 {said}，所有权重都应不小于 0") as caught:  # fmt: skip
        assert_distributions(weights, t([True, False]))
    assert (caught.value.actual is weights, caught.value.quantity) == (True, "weights")


def test_a_masked_key_with_a_weight_is_told_and_what_was_expected_there():
    weights = t([[0.25, 0.5, 0.25], [0.875, 0.0625, 0.0625]])
    with fails(
        "a masked key has the weight 0.25, expected exactly 0", "被遮盖的键分到了权重 0.25，应恰好为 0"
    ) as caught:
        assert_distributions(weights, MASK, quantity="attention_weights")
    assert caught.value.expected.tolist() == [[0.25, 0.5, 0.0], [0.875, 0.0, 0.0]]
    assert caught.value.quantity == "attention_weights"
    with fails("a masked key has the weight 1e-30, expected exactly 0", "被遮盖的键分到了权重 1e-30，应恰好为 0"):
        assert_distributions(t([[1.0, 1e-30]]), t([True, False]))


@pytest.mark.parametrize(
    ("weights", "total"),
    [
        ([[0.5, 0.5], [0.5, 0.25]], "0.75"),
        ([[0.5, 0.5], [2.0, 0.0]], "2"),
        ([[0.0, 0.0]], "0"),
        ([[0.5, 0.5001]], "1.0001"),
    ],
)
def test_a_row_that_does_not_sum_to_one_is_told_by_its_sum(weights, total):
    with fails(f"a row of weights sums to {total}, expected 1", f"有一行权重之和为 {total}，应为 1") as caught:
        assert_distributions(t(weights), quantity="w")
    assert caught.value.quantity == "w.sum(dim=-1)"
    assert torch.equal(caught.value.actual, t(weights).sum(-1))


def test_rows_without_keys_sum_to_nothing():
    with fails("a row of weights sums to 0, expected 1", "有一行权重之和为 0，应为 1"):
        assert_distributions(torch.zeros(2, 0))


KEPT = torch.cat([torch.linspace(1, 2, 400, dtype=torch.float64), torch.zeros(10, dtype=torch.float64)])
DROPPED = torch.arange(410) % 4 == 0
RIGHT = torch.where(DROPPED, 0, KEPT / 0.75)


def test_what_is_zero_or_scaled_as_often_as_the_rate_says_is_dropout():
    assert_dropped(RIGHT, KEPT, 0.25, quantity="weights")
    assert_dropped(KEPT, KEPT, 0.0, quantity="weights")


@pytest.mark.parametrize(
    ("used", "after"), [(torch.where(DROPPED, 0, KEPT), "1.00251"), (torch.where(RIGHT > 0, NAN, RIGHT), "nan")]
)
def test_an_entry_that_is_neither_zero_nor_scaled_is_told(used, after):
    with fails(f"in training with dropout=0.25, the weight 1.00251 became {after}, expected 0 or 1.33668",
               f"训练时 dropout=0.25，权重 1.00251 变成了 {after}，应为 0 或 1.33668") as caught:  # fmt: skip
        assert_dropped(used, KEPT, 0.25, quantity="weights")
    assert caught.value.quantity == "weights"
    assert torch.equal(caught.value.expected, KEPT / 0.75)


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
