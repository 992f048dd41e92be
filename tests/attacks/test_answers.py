"""Wrong answers that look right: objects that equal everything, patched comparisons, exceptions, memory, luck."""

import pytest
from verdicts import Attack, attacks, judged

EVERY_OUTCOME = {"crashed", "failed"}


@attacks(
    Attack("equal_object", word="returned submission.Equal, expected torch.Tensor"),
    Attack("torch_function", word="returned submission.Agreeable, expected torch.Tensor"),
    Attack("float_subclass", word="returned submission.Any, expected torch.Tensor"),
    Attack("tensor_subclass", word="returned torch.Tensor, expected"),
)
def test_what_is_not_a_plain_tensor_is_no_answer(grade, attack):
    judged(grade(attack), attack)


@attacks(
    Attack("patches_comparisons", most=1, word="first differs at"),  # it does return the shape and dtype
    Attack("patches_builtins", most=1, statuses=("failed", "crashed")),
    Attack("patches_worker", word="returned dict, expected torch.Tensor"),
)
def test_patching_what_compares_has_no_effect_on_the_judge(grade, attack):
    judged(grade(attack), attack)


@attacks(
    Attack("raises_outcomes", word="raised "),
    Attack("raises_one", word="raised UnsatisfiedAssumption", fill={"how": "reject"}),
    Attack("raises_one", word="raised Skipped: not today", fill={"how": "skip"}),
    Attack("raises_one", word="raised SystemExit", fill={"how": "exit"}),
)
def test_an_exception_is_data_whatever_test_runners_take_it_for(grade, attack):
    judged(grade(attack), attack)


@attacks(
    Attack("zeroes_argument", most=3),  # what it returns has the shape, is a distribution and keeps to the mask
    Attack("remembers", most=2),  # wrong answers of the right shape, zero where masked
    Attack("only_float32", most=2),
    Attack("only_the_example", most=2),
    Attack("returns_nan", most=1),
)
def test_luck_and_memory_earn_what_they_deserve(grade, attack):
    judged(grade(attack), attack)


def test_an_argument_zeroed_in_place_loses_the_star_too(grade):
    assert grade(Attack("zeroes_argument")).status_of("leaves_the_scores_alone") == "failed"


@attacks(Attack("odd_tensors", most=1, statuses=("failed", "crashed")))
def test_tensors_of_unusual_kinds_neither_pass_nor_harm(grade, attack):
    judged(grade(attack), attack)


@pytest.mark.usefixtures("full_sandbox")
@attacks(Attack("leaves_a_file", most=1))
def test_nothing_is_left_for_the_next_run(grade, attack):
    for _ in range(2):
        ran = grade(attack)
        judged(ran, attack)
        assert "left over: []" in ran.prints
