"""A submission that writes to the worker's socket itself: data, checked, and at the cost of that property alone."""

import pytest
from verdicts import each_judged, four

from grader.wire import FRAME_LIMIT, VALUES_LIMIT
from grader.wire.messages import NESTING_LIMIT

ERROR = "protocol error"


def speaks(*ways):
    return four("speaks", *((how, status, word) for how, word, status in ((*way, "failed")[:3] for way in ways)))


@pytest.mark.parametrize(
    ("attack", "ways"),
    [
        speaks(
            ("lying_shape", "needs 8000000 bytes, got 8"),
            ("negative_shape", "impossible shape"),
            ("empty_giant", "impossible shape (1099511627776, 0)"),
            ("overflow", "impossible shape"),
        ),
        speaks(
            ("many_axes", ERROR),
            ("unknown_dtype", "Invalid enum value 'complex128'"),
            ("giant_frame", f"over the limit of {FRAME_LIMIT}"),
            ("deep", "recursion depth"),
        ),
        speaks(
            ("nested", f"nested more than {NESTING_LIMIT} deep"),
            ("invalid_utf8", ERROR),
            ("not_msgpack", ERROR),
            ("json", ERROR),
        ),
        speaks(("pickle", ERROR), ("empty", ERROR), ("forged_success", ERROR), ("hello", "a second greeting")),
        speaks(
            ("many_values", f"length <= {VALUES_LIMIT}"),
            ("many_in_parts", f"more than {VALUES_LIMIT} values"),
            ("long_message", "Expected `str` of length"),
            ("many_frames", "Expected `array` of length"),
        ),
        speaks(
            ("forbidden", "a forbidden name that nobody guards"),
            ("callback", "there is no function number 1 to call back"),
            ("callbacks", "there is no function number"),
            ("half_closed", "the process ", "crashed"),
        ),
        speaks(
            ("named", "a named came back"),
            ("flood", "returned None, expected a torch.Tensor"),
            ("function", "a callback came back"),
            ("seed", "returned a Generator, expected"),
        ),
        speaks(
            ("kept", "returned a torch.Tensor"),
            ("seed", "returned a Generator, expected"),
            ("flood", "the check stopped on what was returned"),
            ("ahead", "has dtype float64, expected float16"),
        ),
    ],
)
def test_what_a_worker_writes_is_data(grade, attack, ways):
    each_judged(grade(attack), attack, ways)
