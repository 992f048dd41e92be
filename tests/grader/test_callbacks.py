"""Whatever goes wrong while a function of the judge's is called back is an answer, and the next question has its own."""

import json
from pathlib import Path

import pytest
import torch

from grader import wire
from grader.formats import Limits
from grader.judge.bank.loading import Reference
from grader.judge.workers.channels import LocalChannel, WorkerChannel
from grader.judge.workers.deadlines import Budget
from grader.judge.workers.worker import Worker
from grader.kit import Formula, check, outcome
from grader.kit.modules import Module, answer
from grader.worker.sandbox import readable_paths

TOY = Path(__file__).with_name("toy.py")


@pytest.fixture(scope="module")
def modules(server):
    """The toy in this process, and in a worker."""
    source = TOY.read_text(encoding="utf-8")
    worker = Worker(
        server,
        readable_paths([]),
        Budget(Limits(exercise_seconds=300)),
        wire.Load(source, str(TOY), [], []),
    )
    assert worker.start() == wire.Returned(wire.Items("list", []))
    yield (
        Module(LocalChannel(Reference("toy", source, str(TOY), TOY.parent).module, str(TOY))),
        Module(WorkerChannel(worker, 0)),
    )
    worker.end()


def raising(error):
    def function(*_args):
        raise error

    return function


class Unspeakable(Exception):
    def __str__(self):
        raise ValueError("no message")


WRONG = {
    "division": (lambda x: 1 / 0, "ZeroDivisionError: division by zero"),
    "overflow": (lambda x: 2.0**10_000, "OverflowError: "),
    "assertion": (raising(AssertionError("a law")), "AssertionError: a law"),
    "memory": (raising(MemoryError()), "MemoryError"),
    "recursion": (lambda x: WRONG["recursion"][0](x), "RecursionError: maximum recursion depth exceeded"),
    "torch": (Formula("torch.linalg.inv(x)"), "RuntimeError: "),
    "singular": (Formula("torch.linalg.inv(torch.zeros(2, 2) * x[0, 0])"), "_LinAlgError: "),
    "stop": (raising(StopIteration()), "StopIteration"),
    "own": (raising(Unspeakable()), "Unspeakable"),
    "text": (raising(ValueError("\ud800")), "ValueError: ?"),
    "mismatch": (lambda x: check(False, {"en": "a law", "zh": "定律"}), "a law"),
    "object": (lambda x: object(), "TypeError: a property handed over <object object at 0x"),
    "function": (lambda x: len, "TypeError: a property handed over <built-in function len>"),
    "inside": (lambda x: [1, {"a": (2, 1j)}], "TypeError: a property handed over 1j of type complex"),
    "surrogate": (lambda x: "\ud800", "ProtocolError: a text cannot be sent: "),
    "size": (lambda x: torch.zeros(wire.FRAME_LIMIT // 4), "ProtocolError: a message of 671"),
}


@pytest.mark.parametrize(("function", "message"), WRONG.values(), ids=WRONG)
def test_an_exception_of_ours_is_the_answer_to_this_question_and_to_no_other(modules, function, message):
    for module in modules:
        ended = outcome(module.apply, function, torch.ones(2, 3), 1)
        assert ended.error.bases[0] == "CallbackFailed"
        assert ended.error.reply.message.startswith(message)
        assert module.identity(7) == ((7,), {})
        assert module.apply(Formula("x * 2"), torch.ones(1), 2).item() == 4


HANDED_OVER = {
    "object": ("object()", "called with an object of type object, expected plain tensors and numbers"),
    "nested": ("[1, {2: object()}]", "called with an object of type object, expected plain tensors and numbers"),
    "sparse": (
        "torch.eye(2).to_sparse()",
        "called with an object of type torch.Tensor (torch.sparse_coo, cpu, torch.float32), expected plain tensors and numbers",
    ),
    "function": ("function", "called with an object of type function, expected plain tensors and numbers"),
    "surrogate": ("'\\ud800'", "a text cannot be sent: "),
    "many": ("list(range(200_000))", "more than 100000 values in one message"),
    "large": ("torch.zeros(2**24 + 1)", "a message of 671"),
}


@pytest.mark.parametrize(("argument", "message"), HANDED_OVER.values(), ids=HANDED_OVER)
def test_whatever_is_handed_to_a_function_of_ours_is_answered(modules, argument, message):
    for module in modules:
        ended = outcome(module.hand_over, Formula("x"), argument)
        assert message in ended.error.reply.message
        assert module.hand_over(Formula("x + 1"), "torch.ones(())").item() == 2


def test_more_arguments_than_cross_are_an_answer(modules):
    for module in modules:
        ended = outcome(module.hand_over, Formula("x"), *["1"] * 101)
        assert "101 arguments" in ended.error.reply.message
        assert module.identity(7) == ((7,), {})


@pytest.mark.parametrize("leaving", [KeyboardInterrupt, SystemExit])
def test_who_wants_to_leave_is_not_kept(leaving):
    with pytest.raises(leaving):
        answer(wire.Invoke(1, []), {1: raising(leaving())})


def test_a_function_that_was_not_handed_over_cannot_be_called():
    with pytest.raises(wire.ProtocolError, match="no function number 2"):
        answer(wire.Invoke(2, []), {1: len})


def test_a_function_cannot_be_left_in_an_attribute(modules):
    for module in modules:
        layer = module.Layer(1, 1)
        with pytest.raises(TypeError, match="handed over <built-in function len>"):
            layer.tag = len


STUB = '"""Call it."""\n\n\ndef ask(f, x):\n    """f(x)"""\n    raise NotImplementedError\n'
RIGHT = "def ask(f, x):\n    return f(x)\n"
WRONG_FROM_3 = "def ask(f, x):\n    return f(x if x < 3 or f(2) == 4 else 0)\n"
PROPERTIES = """
from dataclasses import dataclass

from hypothesis import strategies as st

from grader.kit import assert_matches, given, graded


@dataclass(frozen=True)
class Case:
    x: int


def reciprocal(x):
    return 1 / x


cases = st.integers(1, 9).map(Case)


@graded(points=2, title={"en": "Asks", "zh": "会问"})
@given(case=cases)
def test_asks(submission, reference, case):
    assert_matches(submission.ask(reciprocal, case.x), 1 / case.x)


@graded(points=2, title={"en": "Asks for the square", "zh": "问平方"})
@given(case=cases)
def test_square(submission, reference, case):
    assert_matches(submission.ask(lambda x: x * x, case.x), case.x**2)
"""
"""From 3 on, the wrong one asks for 1 / 0, except where it is given the square."""


def test_the_case_after_a_division_by_zero_is_judged_rightly(another, program, tmp_path):
    another(STUB, RIGHT, PROPERTIES)
    path = tmp_path / "ask.py"
    path.write_text(WRONG_FROM_3, encoding="utf-8")
    ran = program("exercise", "halve", "--submission", path, "--format", "json")
    assert ran.returncode == 1, ran.stderr
    asks, square = json.loads(ran.stdout)["properties"]
    assert (asks["status"], square["status"]) == ("failed", "passed")
    assert asks["message"] == "the call f(0) could not be answered: ZeroDivisionError: division by zero"
    assert asks["counterexample"] == {"x": 3}
