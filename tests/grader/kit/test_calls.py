"""Claims about calls: which error they raise, and that they leave their arguments alone."""

import pytest
import torch
from claims import fails, local

from grader.kit import Exact, Outcome, SubmissionError, Values, assert_arguments_kept, assert_raises, outcome


class TooSmall(ValueError):
    pass


def refuse(size, least=1, kind="ValueError"):
    if size < least:
        raise {"ValueError": ValueError, "TooSmall": TooSmall, "KeyError": KeyError}[kind](
            f"size {size} is below {least}"
        )
    return size


def change(X, pair, *, scale=None, into="nothing"):
    changed = {"X": [X], "pair": [pair[1]], "scale": [scale], "both": [scale, X]}.get(into, [])
    for tensor in changed:
        tensor += 1
    return X


class Wide:
    def __call__(self, X):
        X.unsqueeze_(0)


toy = local(refuse, change, Wide, TooSmall=TooSmall)
X, PAIR = Values((2,), 1), [Exact((1.0,)), Exact((2.0,))]


def test_an_error_that_names_the_values_is_what_was_asked_for():
    assert_raises("ValueError", toy.refuse, 0)
    assert_raises("ValueError", toy.refuse, 0, least=3, mentions=[0, 3])
    assert_raises("ValueError", toy.refuse, 0, kind="TooSmall", mentions=["size 0"])
    assert_raises("Exception", toy.refuse, 0, kind="KeyError")


def test_no_error_is_told():
    with fails("raised nothing, expected ValueError", "没有抛出异常，应抛出 ValueError") as caught:
        assert_raises("ValueError", toy.refuse, 1, mentions=[1])
    assert not caught.value.shows_values


def test_another_error_is_raised_as_it_came():
    with pytest.raises(SubmissionError, match="KeyError: 'size 0 is below 1'"):
        assert_raises("ValueError", toy.refuse, 0, kind="KeyError")
    with pytest.raises(SubmissionError, match="ValueError"):
        assert_raises("TooSmall", toy.refuse, 0)


def test_a_value_that_the_message_does_not_name_is_told_with_the_message():
    with fails("raised ValueError with the message 'size 0 is below 1', which should name 7, 4.5",
               "抛出了 ValueError，消息是 'size 0 is below 1'，其中应写明 7, 4.5", ["size", "is", "below"]):  # fmt: skip
        assert_raises("ValueError", toy.refuse, 0, mentions=[0, 7, 4.5])


def test_a_call_that_changes_nothing_gives_its_outcome():
    ended = assert_arguments_kept(toy.change, X, PAIR, names=["X"], scale=X)
    assert torch.equal(ended.value, X.tensor)
    assert (ended.error, ended.changed) == (None, ())


@pytest.mark.parametrize(
    ("into", "names", "name"),
    [
        ("X", ["X"], "X"),
        ("X", [], "0"),
        ("pair", ["X", "pair"], "pair[1]"),
        ("pair", ["X"], "1[1]"),
        ("scale", ["X"], "scale"),
        ("both", ["queries"], "queries"),
    ],
)
def test_the_first_changed_argument_is_told_by_its_name(into, names, name):
    with fails(f"the argument {name} was changed in place, expected it to be left alone",
               f"传入的 {name} 被就地修改，应当保持不变", ["pair", "scale", "queries"]):  # fmt: skip
        assert_arguments_kept(toy.change, X, PAIR, names=names, scale=X, into=into)


def test_another_shape_is_a_change():
    with fails(
        "the argument X was changed in place, expected it to be left alone", "传入的 X 被就地修改，应当保持不变"
    ):
        assert_arguments_kept(toy.Wide(), X, names=["X"])


def test_a_call_that_raises_has_kept_nothing():
    with pytest.raises(SubmissionError, match="size 0"):
        assert_arguments_kept(toy.refuse, 0)


def test_an_outcome_is_a_value_or_an_error_and_what_changed():
    good, bad = outcome(toy.change, X, PAIR, into="both", scale=X), outcome(toy.refuse, 0, kind="TooSmall")
    assert isinstance(good, Outcome)
    assert (good.error, good.changed) == (None, ("0", "scale"))
    assert torch.equal(good.value, X.tensor + 1)
    assert (bad.value, bad.changed, bad.error.type_name) == (None, (), "TooSmall")
    assert bad.error.bases == ["TooSmall", "ValueError", "Exception"]
    assert str(bad.error) == "TooSmall: size 0 is below 1"


def test_who_reads_what_changed_is_noted_where_a_transcript_is_kept():
    ended = outcome(toy.change, X, PAIR)
    noted = []
    object.__setattr__(ended._channel, "changes_matter", noted.append)
    assert (ended.changed, noted) == ((), [ended._reply])
    del ended._channel.changes_matter
