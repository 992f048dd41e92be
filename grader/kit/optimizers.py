"""What every optimizer of chapter 11 must do, said once: in place, per parameter, per group, resumable.

A property draws a `Training` or a `Regrouping`, runs it on both modules (`trajectory`, `regrouped`, `resumed`,
`joined`), and compares; or requires a law of the submission alone (`assert_updates_in_place` and others).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from hypothesis import strategies as st

from grader.kit.assertions import assert_finite, assert_matches, check, number, tensor
from grader.kit.modules import Module, helper
from grader.kit.optimization import OptimizerRun, optimizer_runs
from grader.kit.quantities import Entries
from grader.text import LANGUAGES, Text, both


class EachStep(Entries):
    """Parameters after each step, under what the `clause` says: an entry is `params[0] after step 1`."""

    def __init__(self, clause: Text | None = None, step: int | None = None) -> None:
        self._clause = clause or dict.fromkeys(LANGUAGES, "")
        self._step = step
        super().__init__(
            both("params after each step{clause}", clause=self._clause)
            if step is None
            else both("params after step {step}{clause}", step=step, clause=self._clause)
        )

    def entry(self, key: str) -> Text:
        """A step, counted from 1; a parameter."""
        if self._step is None:
            return EachStep(self._clause, int(key) + 1)
        return both("params[{index}] after step {step}{clause}", index=key, step=self._step, clause=self._clause)


EACH_STEP: Final = EachStep()
TRAJECTORY: Final = {"float64": {"rtol": 1e-9, "atol": 1e-12}, "float32": {"rtol": 1e-4, "atol": 1e-5}}
"""How closely trajectories agree. A property whose first gradients may be 1e3 and later ones 1e-6 needs more `atol`."""

NOTHING_MOVED: Final = {
    "en": "no parameter has moved, though there were gradients other than 0: nothing was written into the parameters, "
    "expected an update in place",
    "zh": "梯度不为 0，所有参数却都没有动：没有任何值写入参数，应当就地更新",
}

Options = dict[str, Any]
Trajectory = list[list[torch.Tensor]]


@dataclass(frozen=True)
class Training:
    """A run, and the options that the optimizer is made with."""

    run: OptimizerRun
    options: Options

    @property
    def steps(self) -> list[list[Any]]:
        """One list of gradients per step."""
        return [list(step) for step in self.run.steps]

    @property
    def half(self) -> int:
        """How many steps are the first half; at least one."""
        return (len(self.run.steps) + 1) // 2

    @property
    def every_step_has_a_gradient(self) -> bool:
        """Whether no step is without any: such a one may count for t, or not."""
        return all(any(grad is not None for grad in grads) for grads in self.run.steps)

    @property
    def close(self) -> dict[str, float]:
        """Tolerances for trajectories of this dtype."""
        return TRAJECTORY[self.run.params[0].dtype]

    def shown(self) -> dict[str, object]:
        """What a report shows of the case."""
        return {"params": self.run.params, "gradients": self.run.steps, **self.options}


@dataclass(frozen=True)
class Regrouping(Training):
    """params[0] and the other parameters are groups with options of their own, some of which change half-way."""

    own: tuple[Options, Options]
    later: tuple[Options, Options]

    @property
    def half(self) -> int:
        """How many steps come before the change."""
        return len(self.run.steps) // 2

    def shown(self) -> dict[str, object]:
        """What a report shows of the case."""
        groups = {"param_groups[0]": self.own[0], "param_groups[1]": self.own[1]}
        return {
            **super().shown(),
            **groups,
            **{f"param_groups[{index}] (t > {self.half})": changed for index, changed in enumerate(self.later)},
        }


@st.composite
def trainings(draw: st.DrawFn, /, options: Mapping[str, Sequence[object]], **run: Any) -> Training:
    """Runs as `optimizer_runs` draws them, with one value of every option from its pool."""
    drawn = draw(optimizer_runs(**run))
    return Training(drawn, {name: draw(st.sampled_from(pool)) for name, pool in options.items()})


@st.composite
def regroupings(
    draw: st.DrawFn, /, options: Mapping[str, Sequence[object]], *, constant: Sequence[str] = (), **run: Any
) -> Regrouping:
    """Two groups: the first has its own `lr`, the second its own other options; half-way it is the other way round.

    Any rate may be 0, as at the ends of a schedule, and what is remembered goes on meanwhile.

    Every pool has at least two values, `lr` (the first option) at least three; neighbours differ. A group keeps the
    options that are `constant`, once it has them: where the formula does not say what their change means.
    """
    drawn = draw(optimizer_runs(**{"least_steps": 2, **run}))
    generator = np.random.default_rng(draw(st.integers(0, 2**16)))
    pools = {**options, "lr": (*options["lr"], 0.0)}
    orders = {name: [pool[i] for i in generator.permutation(len(pool))] for name, pool in pools.items()}

    def taken(turn: int) -> Options:
        return {name: order[turn % len(order)] for name, order in orders.items()}

    def split(options: Options) -> tuple[Options, Options]:
        return {"lr": options.pop("lr")}, options

    (lr, others), (later_lr, later_others) = split(taken(1)), split(taken(2))
    changed = {name: value for name, value in later_others.items() if name not in constant}
    return Regrouping(drawn, taken(0), (lr, others), (changed, later_lr))


def falls_silent(case: Training) -> Training:
    """The same with one step more, in which no parameter has a gradient: nothing moves then, however t is counted."""
    silent = (None,) * len(case.run.params)
    return dataclasses.replace(case, run=dataclasses.replace(case.run, steps=(*case.run.steps, silent)))


def started(module: Module, values: Sequence[object]) -> Any:
    """Parameters that hold copies of the values, where the module lives."""
    return helper(module, "parameters", list(values), keep=True)


def trajectory(module: Module, name: str, case: Training) -> Trajectory:
    """The parameters after each step of the optimizer `name`."""
    params = started(module, case.run.params)
    optimizer = getattr(module, name)(params, **case.options)
    ran: Trajectory = helper(module, "optimize", optimizer, params, case.steps)
    return ran


def regrouped(module: Module, name: str, case: Regrouping) -> Trajectory:
    """The parameters after each step, in two groups whose options change half-way."""
    params = started(module, case.run.params)
    groups = [{"params": params[:1], **case.own[0]}, {"params": params[1:], **case.own[1]}]
    optimizer = getattr(module, name)(groups, **case.options)
    first: Trajectory = helper(module, "optimize", optimizer, params, case.steps[: case.half])
    for group, changes in enumerate(case.later):
        helper(module, "set_options", optimizer, group, changes)
    then: Trajectory = helper(module, "optimize", optimizer, params, case.steps[case.half :])
    return first + then


def joined(module: Module, name: str, case: Training) -> Trajectory:
    """The parameters after each step; all but the first join by `add_param_group` after half of the steps."""
    params = started(module, case.run.params)
    optimizer = getattr(module, name)(params[:1], **case.options)
    first: Trajectory = helper(module, "optimize", optimizer, params, case.steps[: case.half])
    optimizer.add_param_group({"params": params[1:]})
    then: Trajectory = helper(module, "optimize", optimizer, params, case.steps[case.half :])
    return first + then


def resumed(module: Module, name: str, case: Training) -> Trajectory:
    """The parameters after each step; half-way, a new optimizer on new parameters loads the state and goes on."""
    params = started(module, case.run.params)
    make = getattr(module, name)
    optimizer = make(params, **case.options)
    first: Trajectory = helper(module, "optimize", optimizer, params, case.steps[: case.half])
    copies = started(module, first[-1])
    fresh = make(copies, **case.options)
    helper(module, "reload_state", fresh, optimizer)
    then: Trajectory = helper(module, "optimize", fresh, copies, case.steps[case.half :])
    return first + then


def assert_resumes(
    submission: Module, reference: Module, name: str, case: Training, close: dict[str, float] | None = None
) -> None:
    """Require that a run resumed half-way from `state_dict` goes on as the reference does without a break."""
    __tracebackhide__ = True
    mine, theirs = resumed(submission, name, case), trajectory(reference, name, case)
    quantity = EachStep(both(" (resumed from the state after step {step})", step=case.half))
    assert_matches(mine, theirs, **(close or case.close), quantity=quantity)


def assert_parameters_join(
    submission: Module, reference: Module, name: str, case: Training, close: dict[str, float] | None = None
) -> None:
    """Require that parameters that join by `add_param_group` half-way are updated as the reference updates them."""
    __tracebackhide__ = True
    mine, theirs = (joined(module, name, case) for module in (submission, reference))
    quantity = EachStep(both(" (params[1:] joined after step {step})", step=case.half))
    assert_matches(mine, theirs, **(close or case.close), quantity=quantity)


def assert_finite_steps(after: Trajectory) -> None:
    """Require finite numbers after each step. Asked before a law compares them: NaN differs from itself."""
    __tracebackhide__ = True
    for step, now in enumerate(after, start=1):
        for index, param in enumerate(now):
            name = both("params[{index}] after step {step}{clause}", index=index, step=step, clause="")
            assert_finite(tensor(param, f"params[{index}]"), quantity=name)


def assert_updates_in_place(module: Module, name: str, case: Training) -> None:
    """Require that detached aliases of the parameters see every update, and that dtypes stay."""
    __tracebackhide__ = True
    params = started(module, case.run.params)
    aliases = helper(module, "aliases", params, keep=True)
    after = helper(module, "optimize", getattr(module, name)(params, **case.options), params, case.steps)
    assert_finite_steps(after)
    for index, (value, now, seen) in enumerate(
        zip(case.run.params, after[-1], helper(module, "read", aliases), strict=True)
    ):
        now = tensor(now, f"params[{index}]", shape=value.shape, dtype=value.tensor.dtype)
        check(
            torch.equal(now, seen),
            both(
                "params[{index}] moved, but a detached alias of it did not: the new values lie in new storage, "
                "expected an update in place",
                index=index,
            ),
            actual=seen,
            quantity="the alias",
        )
    moved = any(not torch.equal(now, value.tensor) for value, now in zip(case.run.params, after[-1], strict=True))
    check(moved or not _is_pushed(case), NOTHING_MOVED, actual=after[-1], quantity="params")


def _is_pushed(case: Training) -> bool:
    """Whether any update is due: there is a rate, and a gradient that is not 0."""
    grads = [grad.tensor for step in case.run.steps for grad in step if grad is not None]
    return case.options.get("lr") != 0 and any(bool(grad.any()) for grad in grads)


def assert_missing_gradients_skipped(case: Training, after: Trajectory) -> None:
    """Require that no parameter moved in a step in which it had no gradient."""
    __tracebackhide__ = True
    assert_finite_steps(after)
    before = [value.tensor for value in case.run.params]
    for step, (grads, now) in enumerate(zip(case.run.steps, after, strict=True), start=1):
        for index, grad in enumerate(grads):
            check(
                grad is not None or torch.equal(tensor(now[index]), before[index]),
                both(
                    "params[{index}] had no gradient in step {step}, expected it to stay where it was",
                    index=index,
                    step=step,
                ),
                expected=before[index],
                actual=now[index],
                quantity=both("params[{index}] after step {step}{clause}", index=index, step=step, clause=""),
            )
        before = now


def assert_gradients_left_alone(module: Module, name: str, case: Training) -> None:
    """Require that two steps change no gradient (not even a missing one) and grow no autograd graph."""
    __tracebackhide__ = True
    grads = [None if grad is None else grad.tensor for grad in case.run.steps[0]]
    grads[-1] = None
    params = started(module, case.run.params)
    optimizer = getattr(module, name)(params, **case.options)
    helper(module, "set_grads", params, grads)
    for _ in range(2):
        optimizer.step()
    kept = helper(module, "get_grads", params)
    assert_matches(kept, grads, rtol=0.0, atol=0.0, quantity=both("gradients after two steps"))
    grown = helper(module, "graphs", optimizer, params)
    check(
        not grown,
        both("after two steps {what} hangs in an autograd graph, expected updates without one", what=", ".join(grown)),
    )
    check(all(x.requires_grad for x in params), both("after two steps a parameter no longer requires gradients"))


def assert_closure(module: Module, name: str, case: Training, expected: Trajectory) -> None:
    """Require that `step(closure)` calls it once, with gradients enabled, and returns its value; two steps are taken.

    `expected` are the parameters after each step.
    """
    __tracebackhide__ = True
    params = started(module, case.run.params)
    optimizer = getattr(module, name)(params, **case.options)
    before = [value.tensor for value in case.run.params]
    for index, step in enumerate(case.run.steps[:2]):
        closure = helper(module, "closure", params, list(step), keep=True)
        value = number(optimizer.step(closure), both("the value of step(closure)"))
        loss = float(sum((x * g.tensor).sum() for x, g in zip(before, step, strict=True) if g is not None))
        assert_matches(value, loss, quantity=both("the value of step(closure)"))
        assert_matches(closure.calls, 1, quantity=both("the number of calls of the closure"))
        before = helper(module, "read", params)
        assert_matches(before, expected[index], **case.close, quantity=EACH_STEP.entry(str(index)))


def assert_options(module: Module, name: str, given: Options, defaults: Options) -> None:
    """Require that `param_groups` holds the options given, and the defaults for the others, under their names."""
    __tracebackhide__ = True
    optimizer = getattr(module, name)(started(module, [torch.zeros(2)]), **given)
    [group] = helper(module, "get_options", optimizer, list(defaults))
    for option, value in {**defaults, **given}.items():
        check(
            option in group, both("param_groups[0] has no {option!r}, expected {value!r}", option=option, value=value)
        )
        mine = tuple(group[option]) if isinstance(group[option], list) else group[option]
        assert_matches(mine, value, quantity=f"param_groups[0][{option!r}]")
