"""Small public helpers that both sides have: what a property needs done next to the submission's objects.

They run in the worker, so they prove nothing by themselves: what they return is the submission's data like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import torch


def parameters(values: Sequence[torch.Tensor]) -> list[torch.nn.Parameter]:
    """Parameters that hold copies of `values`."""
    return [torch.nn.Parameter(value.clone()) for value in values]


def aliases(params: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """Detached tensors on the same storage: they see updates in place, and nothing else."""
    return [param.detach() for param in params]


def read(tensors: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    """The tensors' values now."""
    return [tensor.detach().clone() for tensor in tensors]


def set_grads(params: Sequence[torch.Tensor], grads: Sequence[torch.Tensor | None]) -> None:
    """Give each parameter its gradient, or None."""
    for param, grad in zip(params, grads, strict=True):
        param.grad = None if grad is None else grad.clone()


def get_grads(params: Sequence[torch.Tensor]) -> list[torch.Tensor | None]:
    """The parameters' gradients now."""
    return [None if param.grad is None else param.grad.detach().clone() for param in params]


def optimize(
    optimizer: Any, params: Sequence[torch.Tensor], steps: Sequence[Sequence[torch.Tensor | None]]
) -> list[list[torch.Tensor]]:
    """Run one step per list of gradients; the parameters' values after each."""
    trajectory = []
    for grads in steps:
        set_grads(params, grads)
        optimizer.step()
        trajectory.append(read(params))
    return trajectory


def closure(params: Sequence[torch.Tensor], grads: Sequence[torch.Tensor]) -> object:
    """What `step` may be given: sets the gradients by a backward pass and returns the loss; its `calls` are counted."""

    def evaluate() -> object:
        counted.calls += 1
        for param in params:
            param.grad = None
        loss: Any = sum((param * grad).sum() for param, grad in zip(params, grads, strict=True))
        loss.backward()
        return loss

    counted: Any = evaluate
    counted.calls = 0
    return counted


def load_parameters(module: torch.nn.Module, values: dict[str, torch.Tensor]) -> None:
    """Copy values into parameters by name. Raises KeyError for a missing one, ValueError for another shape."""
    own = dict(module.named_parameters())
    for name, value in values.items():
        if name not in own:
            raise KeyError(f"there is no parameter named {name!r}; there are: {', '.join(own) or 'none'}")
        if own[name].shape != value.shape:
            raise ValueError(f"parameter {name!r} has shape {tuple(own[name].shape)}, expected {tuple(value.shape)}")
        with torch.no_grad():
            own[name].copy_(value)


def reload_state(target: Any, source: Any) -> None:
    """`target.load_state_dict(source.state_dict())`, as when a training run is resumed."""
    target.load_state_dict(source.state_dict())


def set_options(optimizer: Any, group: int, options: dict[str, float]) -> None:
    """Change options of a parameter group, as a learning-rate scheduler does."""
    optimizer.param_groups[group].update(options)


def get_options(optimizer: Any, names: Sequence[str]) -> list[dict[str, object]]:
    """The named options of every parameter group."""
    return [{name: group[name] for name in names} for group in optimizer.param_groups]


HELPERS: Final[dict[str, Callable[..., Any]]] = {
    helper.__name__: helper
    for helper in (
        parameters, aliases, read, set_grads, get_grads, optimize, closure, load_parameters,
        reload_state, set_options, get_options,
    )
}  # fmt: skip
