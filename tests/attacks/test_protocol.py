"""A submission that writes to the worker's socket itself: data, checked, and at the cost of that property alone."""

import pytest
from verdicts import Attack, attacks, judged

from grader.wire import FRAME_LIMIT, NESTING_LIMIT, VALUES_LIMIT

SURVIVES = 4
"""Points of the properties that never pass None."""


def speaks(how, word="protocol error", *statuses, course="usual"):
    return Attack(
        "speaks_wire", most=SURVIVES, statuses=statuses or ("failed",), word=word, fill={"how": how}, course=course
    )


@attacks(
    speaks("lying_shape", "needs 8000000 bytes, got 8"),
    speaks("negative_shape", "impossible shape"),
    speaks("empty_giant", "impossible shape (1099511627776, 0)"),
    speaks("overflow", "impossible shape"),
    speaks("many_axes", "protocol error"),
    speaks("unknown_dtype", "Invalid enum value 'complex128'"),
    speaks("giant_frame", f"over the limit of {FRAME_LIMIT}"),
    speaks("deep", "recursion depth"),
    speaks("nested", f"nested more than {NESTING_LIMIT} deep"),
    speaks("invalid_utf8", "can't decode byte"),
    speaks("not_msgpack"),
    speaks("json"),
    speaks("pickle"),
    speaks("empty"),
    speaks("many_values", f"length <= {VALUES_LIMIT}"),
    speaks("many_in_parts", f"more than {VALUES_LIMIT} values"),
    speaks("long_message", "Expected `str` of length"),
    speaks("many_frames", "Expected `array` of length"),
    speaks("forged_success"),
    speaks("hello", "a second greeting"),
    speaks("forbidden", "a forbidden name that nobody guards"),
    speaks("callback", "there is no function number 1 to call back"),
    speaks("callbacks", "there is no function number"),
    speaks("kept", "returned torch.Tensor, expected"),
    speaks("named", "a named came back"),
    speaks("function", "a callback came back"),
    speaks("seed", "returned Generator, expected"),
    speaks("ahead", "first differs at"),
    speaks("flood", "returned None, expected torch.Tensor"),
    speaks("half_closed", "the process was killed by SIGKILL", "crashed"),
)
def test_what_a_worker_writes_is_data(grade, attack):
    assert judged(grade(attack), attack)["score"] == SURVIVES


@pytest.mark.parametrize("how", ["half_frame", "half_header", "drip", "deaf"])
def test_half_an_answer_is_a_timeout(grade, how):
    attack = speaks(how, "", "timeout", course="hasty")
    assert judged(grade(attack), attack)["duration_s"] < 1.5 + 1
