"""Replaces forbidden functions, wherever torch keeps them, by something that says so.

The static check of the judge catches what is written down. The guard catches what is put together at run time:
`getattr` with a computed name, `importlib`, `torch.ops`.
"""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Callable
from typing import Any

_ALSO_IN = (
    "torch",
    "torch.nn.functional",
    "torch._C._nn",
    "torch._C._VariableFunctions",
    "torch.special",
    "torch.Tensor",
)


class ForbiddenName(RuntimeError):
    """The exercise asks the learner to write what this name would do."""


class Guard:
    """Remembers which forbidden name was reached first, even if the submission swallows the error."""

    def __init__(self) -> None:
        self.reached = ""

    def install(self, names: list[str]) -> None:
        """Guard each dotted name, such as `torch.nn.functional.softmax`, and every alias of it."""
        for name in names:
            self._install(name)

    def _install(self, name: str) -> None:
        owner, _, leaf = name.rpartition(".")
        original = _resolve(owner, leaf)
        if isinstance(original, type):
            original.__init__ = self._refuse(name)  # type: ignore[misc]  # that is the point
            return
        stand_in = self._refuse(name)
        for module_name, module in list(sys.modules.items()):
            if module_name.partition(".")[0] == "torch" and getattr(module, "__dict__", {}).get(leaf) is original:
                setattr(module, leaf, stand_in)
        for place in _ALSO_IN:
            if (found := _find(place)) is not None and getattr(found, leaf, None) is not None:
                with contextlib.suppress(AttributeError):  # the class behind torch._VF is read-only
                    setattr(found, leaf, stand_in)
        self._guard_operators(name, leaf)

    def _guard_operators(self, name: str, leaf: str) -> None:
        """Guard `torch.ops.aten.leaf`, and the kernels `_leaf…` that it is made of."""
        import torch

        kernels = [leaf, *(kernel for kernel in dir(torch._C._VariableFunctions) if kernel.startswith(f"_{leaf}"))]
        for kernel in kernels:
            refused = self._refuse(name)
            for overload in getattr(getattr(torch.ops.aten, kernel, None), "overloads", list)():
                setattr(refused, overload, refused)  # torch.ops.aten.softmax.int
            setattr(torch.ops.aten, kernel, refused)
            if kernel != leaf:
                setattr(torch, kernel, self._refuse(name))

    def _refuse(self, name: str) -> Callable[..., Any]:
        def forbidden(*_args: object, **_kwargs: object) -> object:
            self.reached = self.reached or name
            raise ForbiddenName(f"{name} is forbidden in this exercise")

        return forbidden


def _find(dotted: str) -> Any:
    owner, _, leaf = dotted.rpartition(".")
    try:
        return getattr(_find(owner), leaf) if owner else importlib.import_module(leaf)
    except (ImportError, AttributeError):
        return None


def _resolve(owner: str, leaf: str) -> Any:
    found = getattr(_find(owner), leaf, None)
    if found is None:
        raise ValueError(f"forbidden name {owner}.{leaf}: torch has no such thing; correct it in the exercise's .toml")
    return found
