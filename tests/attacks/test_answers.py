"""Wrong answers that look right: objects that equal everything, patched comparisons, exceptions, memory, luck."""

import pytest
from verdicts import Attack, attacks, each_judged, four, judged


@attacks(
    Attack("equal_object", word="returned a submission.Equal, expected a torch.Tensor"),
    Attack("torch_function", word="returned a submission.Agreeable, expected a torch.Tensor"),
    Attack("float_subclass", word="returned a submission.Any, expected a torch.Tensor"),
    Attack("tensor_subclass", word="returned a torch.Tensor, expected"),
)
def test_what_is_not_a_plain_tensor_is_no_answer(grade, attack):
    judged(grade(attack), attack)


@attacks(
    Attack("patches_comparisons", most=1, word="first differs at"),  # it does return the shape and dtype
    Attack("patches_builtins", most=1, statuses=("failed", "crashed")),
    Attack("patches_worker", word="returned a dict, expected a torch.Tensor"),
)
def test_patching_what_compares_has_no_effect_on_the_judge(grade, attack):
    judged(grade(attack), attack)


def raises(**words):
    return four("raises", *((how, "failed", f"raised {word}") for how, word in words.items()))


@pytest.mark.parametrize(
    ("attack", "ways"),
    [
        raises(reject="UnsatisfiedAssumption", skip="Skipped: not today", unittest="SkipTest", exit="SystemExit"),
        raises(interrupt="KeyboardInterrupt", generator="GeneratorExit", stop="StopIteration", assertion="Assertion"),
    ],
)
def test_an_exception_is_data_whatever_test_runners_take_it_for(grade, attack, ways):
    each_judged(grade(attack), attack, ways)


@attacks(
    Attack("zeroes_argument", most=3),  # what it returns has the shape, is a distribution and keeps to the mask
    Attack("remembers", most=2),  # wrong answers of the right shape, zero where masked
    Attack("only_float32", most=2),
    Attack("only_the_example", most=2),
    Attack("returns_nan", most=1),
)
def test_luck_and_memory_earn_what_they_deserve(grade, attack):
    ran = grade(attack)
    judged(ran, attack)
    if attack.file == "zeroes_argument":
        assert ran.status_of("leaves_the_scores_alone") == "failed"


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
