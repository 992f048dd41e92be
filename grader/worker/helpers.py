"""Small public helpers that both sides have: what a property needs done next to the submission's objects.

They run in the worker, so they prove nothing by themselves: what they return is the submission's data like any other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import torch

from grader.worker.slips import Slipped


def parameters(values: Sequence[torch.Tensor]) -> list[torch.nn.Parameter]:
    """Parameters that hold copies of `values`."""
    return [torch.nn.Parameter(value.clone()) for value in values]


def once(items: Sequence[Any]) -> Any:
    """The items, to be gone through a single time, as `model.parameters()` gives them."""
    return iter(items)


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


def closure(params: Sequence[torch.Tensor], grads: Sequence[torch.Tensor | None]) -> object:
    """What `step` may be given: sets the gradients by a backward pass and returns the loss; its `calls` are counted."""

    def evaluate() -> object:
        counted.calls += 1
        for param in params:
            param.grad = None
        terms = [(param * grad).sum() for param, grad in zip(params, grads, strict=True) if grad is not None]
        loss: Any = sum(terms, start=torch.zeros(()))
        if terms:
            loss.backward()
        return loss

    counted: Any = evaluate
    counted.calls = 0
    return counted


def differentiable(expression: str, tensors: dict[str, torch.Tensor]) -> Any:
    """A function of x that lives here, where it can be differentiated: an expression over `torch` and named tensors."""
    code = compile(expression, "<formula>", "eval")
    return lambda x: eval(code, {"torch": torch, "x": x, **tensors})  # noqa: S307  # an author's expression, not a submission's


def optimizer_maker(rule: str, default_lr: float = 0.1) -> Any:
    """A function (params, lr) -> optimizer; the rule is "sgd", "momentum" (0.9), "adagrad" or "adam" (0.9, 0.999)."""

    class Made(torch.optim.Optimizer):
        def step(self, closure: Any = None) -> Any:
            loss = None if closure is None else closure()
            for group in self.param_groups:
                for x in group["params"]:
                    if x.grad is not None:
                        self.update(x, x.grad, self.state[x], group["lr"])
            return loss

        @torch.no_grad()
        def update(self, x: Any, g: Any, state: Any, lr: float) -> None:
            t = state["t"] = state.get("t", 0) + 1
            if rule == "sgd":
                x -= lr * g
            elif rule == "momentum":
                state["v"] = 0.9 * state.get("v", 0) + g
                x -= lr * state["v"]
            elif rule == "adagrad":
                state["s"] = state.get("s", 0) + g**2
                x -= lr * g / (state["s"].sqrt() + 1e-8)
            elif rule == "adam":
                state["v"] = 0.9 * state.get("v", 0) + 0.1 * g
                state["s"] = 0.999 * state.get("s", 0) + 0.001 * g**2
                x -= lr * state["v"] / (1 - 0.9**t) / ((state["s"] / (1 - 0.999**t)).sqrt() + 1e-8)
            else:
                raise ValueError(f"there is no rule {rule!r}")

    return lambda params, lr=default_lr: Made(params, {"lr": lr})


def load_parameters(module: torch.nn.Module, values: dict[str, torch.Tensor]) -> None:
    """Copy values into parameters by name. Raises Slipped for a missing one, and for another shape.

    The blocks of a stack `blks` are known by their order: `blks.0.…` is the first one, be it called `block0` or `0`.
    """
    own = dict(module.named_parameters())
    ordered = dict(zip(blocks_in_order(list(own)), own.values(), strict=True))
    for name, value in values.items():
        found = ordered.get(name)
        if found is None:
            kind, there = type(module).__name__, ", ".join(own)
            words = f"there is no parameter named {name!r}; there are: {there or 'none'}"
            raise Slipped(words, "parameter", kind, name, there)
        if found.shape != value.shape:
            shapes = tuple(found.shape), tuple(value.shape)
            words = "parameter {!r} has shape {}, expected {}".format(name, *shapes)
            raise Slipped(words, "parameter shape", name, *shapes)
        with torch.no_grad():
            found.copy_(value)


def blocks_in_order(names: Sequence[str]) -> list[str]:
    """The names, where what follows `blks.` is replaced by its ordinal: `blks.block0.ln1` becomes `blks.0.ln1`.

    Each stack counts its own blocks, be it in a block of another one.

    >>> blocks_in_order(["blks.block0.ln1", "blks.block1.ln1", "head"])
    ['blks.0.ln1', 'blks.1.ln1', 'head']
    >>> blocks_in_order(["encoder.blks.b0.w", "encoder.blks.b1.w", "decoder.blks.b0.w"])
    ['encoder.blks.0.w', 'encoder.blks.1.w', 'decoder.blks.0.w']
    """
    stacks: dict[str, dict[str, int]] = {}
    renamed = []
    for name in names:
        parts = name.split(".")
        for place in range(1, len(parts) - 1):  # what comes last is a parameter, not a block
            if parts[place - 1] == "blks":
                seen = stacks.setdefault(".".join(parts[:place]), {})
                parts[place] = str(seen.setdefault(parts[place], len(seen)))
        renamed.append(".".join(parts))
    return renamed


def reload_state(target: Any, source: Any) -> None:
    """`target.load_state_dict(source.state_dict())`, as when a training run is resumed."""
    target.load_state_dict(source.state_dict())


def set_options(optimizer: Any, group: int, options: dict[str, float]) -> None:
    """Change options of a parameter group, as a learning-rate scheduler does."""
    optimizer.param_groups[group].update(options)


def get_options(optimizer: Any, names: Sequence[str]) -> list[dict[str, object]]:
    """The named options of every parameter group, as far as it has them."""
    return [{name: group[name] for name in names if name in group} for group in optimizer.param_groups]


def graphs(optimizer: Any, params: Sequence[torch.Tensor]) -> list[str]:
    """What hangs in an autograd graph: parameters that are no longer leaves, and tensors of the optimizer's state."""
    grown = [f"params[{index}]" for index, param in enumerate(params) if param.grad_fn is not None]
    for index, param in enumerate(params):
        state = optimizer.state.get(param, {})
        kept = state.items() if isinstance(state, dict) else []
        grown += [
            f"state[params[{index}]][{name!r}]" for name, value in kept
            if isinstance(value, torch.Tensor) and value.grad_fn is not None
        ]  # fmt: skip
    return grown


HELPERS: Final[dict[str, Callable[..., Any]]] = {
    helper.__name__: helper
    for helper in (
        parameters, once, aliases, read, set_grads, get_grads, optimize, closure, differentiable, optimizer_maker,
        load_parameters, reload_state, set_options, get_options, blocks_in_order, graphs,
    )
}  # fmt: skip
