"""Functions of x that can be called, shown in a report, and written into a script."""

from __future__ import annotations

import functools
from types import CodeType
from typing import Any

import torch

from grader.kit.modules import CalledWrongly
from grader.kit.values import Exact, Values


class Formula:
    """A function of x, given as a Python expression over `torch` and named tensors.

    >>> Formula("A @ x + b", A=Exact(((2.0,),)), b=Exact((1.0,)))(torch.tensor([3.0], dtype=torch.float64))
    tensor([7.], dtype=torch.float64)
    """

    def __init__(self, expression: str, **tensors: Values | Exact | torch.Tensor) -> None:
        self.expression = expression
        self.tensors = {
            name: given if isinstance(given, torch.Tensor) else given.tensor for name, given in tensors.items()
        }
        self._code = _compiled(expression)

    def __call__(self, x: torch.Tensor) -> Any:
        """The value at x."""
        if not isinstance(x, torch.Tensor):
            raise CalledWrongly(type(x).__name__, "tensors")
        return eval(self._code, {"torch": torch, "x": x, **self.tensors})  # noqa: S307  # an author's expression, not a submission's


@functools.cache
def _compiled(expression: str) -> CodeType:
    """Compiled once: a case makes its functions anew, and compiling costs more than calling."""
    return compile(expression, "<formula>", "eval")
