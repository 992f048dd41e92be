"""What the tests of the kit share: modules without a worker, and claims about the sentence of a failure."""

import contextlib
import re
from types import ModuleType

import pytest

from grader.judge.workers.channels import LocalChannel
from grader.kit import Mismatch, Module

NAMES = {
    "CallbackFailed", "NoneType", "True", "False", "None", "TypeError", "ValueError", "bool", "bytes", "closure", "detach",
    "dict", "dropout", "dtype", "float", "float16", "float32", "float64", "int", "int64", "list", "object", "param_groups",
    "params", "state", "step", "str", "torch", "Tensor", "tuple", "nan", "NaN", "inf", "weights",
}  # fmt: skip
"""Names of code: what a Chinese sentence leaves in English."""


def local(*named, **others):
    """A module of these functions and classes, in this process."""
    source = ModuleType("toy")
    vars(source).update({thing.__name__: thing for thing in named}, **others)
    return Module(LocalChannel(source, ""))


@contextlib.contextmanager
def fails(en, zh, names=()):
    """Within this block a claim fails, with exactly these sentences; what was caught is handed over.

    `names` are further names of code in the Chinese one, which has no other English words.
    """
    with pytest.raises(Mismatch) as caught:
        yield caught
    assert caught.value.text == {"en": en, "zh": zh}
    assert str(caught.value) == en
    assert re.search(r"[\u4e00-\u9fff]", zh), f"no Chinese in {zh!r}"
    words = set(re.findall(r"[A-Za-z][A-Za-z_0-9]+", zh))
    assert words <= NAMES | set(names), f"English in {zh!r}"
    assert numbers(zh) == numbers(en), f"other values in {zh!r}"


def in_chinese(kind):
    """A type as it is called in English, in a Chinese sentence: without an article, with full-width parentheses."""
    kind = re.sub(r"^an? ", "", kind)
    return re.sub(r" \((\w+), (.*)\)$", r"（\1，形状 \2）", kind)


def numbers(sentence):
    """The numbers in a sentence, apart from those in names."""
    return set(re.findall(r"\d+(?:\.\d+)?", re.sub(r"[A-Za-z_]\w*", "", sentence)))
