"""What quantities and values are called in a sentence."""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch

from grader.text import LANGUAGES, Text, both
from grader.wire.values import dtype_name


class Entries(Text, ABC):
    """The name of a quantity that has better names for its entries than `quantity[0]`."""

    @abstractmethod
    def entry(self, key: str) -> Text:
        """The name of an entry."""


def describe_type(value: object) -> str:
    """The type of a value in a learner's words: `torch.Tensor`, `list`, `mymodule.Liar`."""
    describe = getattr(type(value), "_describe", None)
    if describe is not None:
        return str(describe(value))
    if isinstance(value, torch.Tensor):
        return "torch.Tensor"
    return "None" if value is None else type(value).__name__


def named(quantity: str | Text) -> Text:
    """A quantity's name for a sentence. Before Chinese, names of code and indices are set off by a space."""
    if quantity == "the result":
        return both("the result")
    name = quantity if isinstance(quantity, dict) else dict.fromkeys(LANGUAGES, quantity)
    chinese = name["zh"].rstrip()
    return {**name, "zh": f"{chinese} " if chinese[-1:].isascii() else chinese}


def pair(mine: object, theirs: object) -> tuple[str, str]:
    """Two numbers with as many digits as it takes to tell them apart, and at least six."""
    if isinstance(mine, float) and isinstance(theirs, float):
        for digits in range(6, 17):
            texts = f"{mine:.{digits}g}", f"{theirs:.{digits}g}"
            if texts[0] != texts[1]:
                break
        return texts[0].replace("nan", "NaN"), texts[1].replace("nan", "NaN")
    return repr(mine), repr(theirs)


def described(value: object) -> Text:
    """What a value is, with what a number does not tell of a tensor."""
    if not isinstance(value, torch.Tensor):
        return with_article(describe_type(value))
    dtype, shape = dtype_name(value.dtype), tuple(value.shape)
    return both("a torch.Tensor ({dtype}, {shape})", dtype=dtype, shape=shape)


def with_article(kind: str) -> Text:
    """A kind with its article: `a float`, `an int`, `None`; Chinese has no articles."""
    article = "" if kind == "None" else "an " if kind[:1].lower() in "aeiou" else "a "
    return {"en": article + kind, "zh": kind}


def within(quantity: str | Text, key: str) -> str | Text:
    """The name of an entry: `params[1]`, or what a quantity that names its entries itself says."""
    if isinstance(quantity, Entries):
        return quantity.entry(key)
    if isinstance(quantity, dict):
        return {lang: f"{name} [{key}]" if name.endswith(",") else f"{name}[{key}]" for lang, name in quantity.items()}
    return f"{quantity}[{key}]"
