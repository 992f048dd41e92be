"""Writes a script that reproduces a failure in a plain Python process, with the learner's file and literal input."""

from __future__ import annotations

import dataclasses
import inspect
import pprint
from collections.abc import Callable, Mapping
from typing import Any

from grader import wire
from grader.course import Exercise
from grader.judge.bank.loading import Property, Reference
from grader.judge.entry.admission import Admitted
from grader.judge.entry.submission import Submission
from grader.judge.explain.scripts import MARK, target
from grader.judge.results import GraderError
from grader.judge.trying.trial import Fault
from grader.kit.formula import Formula
from grader.kit.modules import Module
from grader.kit.values import Exact, Values
from grader.text import both
from grader.wire.values import from_wire, tensor_from_wire, tensor_to_wire
from grader.worker.helpers import HELPERS

_HEAD = """{mark}
# Step through it, for example with: python -m pdb {script}
#
# {exercise}: {title}
# {problem}

import importlib.util
import os
import sys
import types

import torch


def load(name, path):
    for package in ("exercises", *[name.rpartition(".")[0]] * name.count(".")):
        sys.modules.setdefault(package, types.ModuleType(package)).__path__ = []
    spec = importlib.util.spec_from_file_location(name, path)
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


{companions}submission = load("submission", {path})
torch.manual_seed(0)
"""


class _Watch:
    """Writes down each request to the reference, its functions and its reply."""

    def __init__(self, reference: Reference) -> None:
        self.case = 0
        self._channel = reference.channel()
        self.log: list[tuple[wire.Request, Mapping[int, Callable[..., object]], wire.Reply]] = []

    def request(self, request: wire.Request, functions: Mapping[int, Callable[..., object]]) -> wire.Reply:
        reply = self._channel.request(request, functions)
        self.log.append((request, functions, reply))
        return reply


def script(
    property_: Property, fault: Fault, reference: Reference, admitted: Admitted, exercise: Exercise
) -> str:  # fmt: skip
    """The text of the script: inputs as literals, then the property's calls, each with what the reference answers.

    What failed while the file was being loaded has no input: there the script loads it and no more.
    """
    head = _HEAD.format(
        mark=MARK, exercise=exercise.id, title=property_.grading.title["en"], script=target(exercise).name,
        problem=" ".join(fault.failure.text["en"].split()), path=_place(admitted.submission),
        companions="".join(
            f"load({companion.module!r}, {_place(companion.submission)})\n" for companion in admitted.companions
        ),
    )  # fmt: skip
    if fault.case is None:
        return head
    watch = _Watch(reference)
    property_.function(submission=Module(watch), reference=Module(reference.channel()), case=fault.case)
    writer = _Writer(fault.case)
    body = [line for entry in watch.log for line in writer.lines(*entry)]
    parts = [head, *writer.helpers_used(), "\n".join(writer.inputs()), "", *body]
    return "\n".join(parts) + "\n"


def _place(submission: Submission) -> str:
    """The file as an expression. Raises GraderError for a text that comes from none."""
    if not submission.location:
        raise GraderError(both("{path} is no file; save it as one", path=submission.name))
    try:
        return repr(submission.location.decode("utf-8"))
    except UnicodeDecodeError:
        return f"os.fsdecode({submission.location!r})"


class _Writer:
    """Turns requests back into the calls that they stand for."""

    def __init__(self, case: Any) -> None:
        self._names: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._inputs: dict[str, str] = {}
        self._refs: dict[int, str] = {}
        self._helpers: set[str] = set()
        self._count = 0
        fields = dataclasses.fields(case) if dataclasses.is_dataclass(case) else ()
        for field in fields:
            value = getattr(case, field.name)
            if isinstance(value, Values | Exact):
                self._name(field.name, value.wire)

    def _name(self, name: str, value: wire.Tensor) -> None:
        key = (value.dtype, value.shape, value.data)
        if key not in self._names:
            self._names[key] = name
            self._inputs[name] = _literal(value)

    def inputs(self) -> list[str]:
        return [f"{name} = {literal}" for name, literal in self._inputs.items()]

    def helpers_used(self) -> list[str]:
        """The source of the helpers that are called, and of those that they call."""
        needed = set(self._helpers)
        while (
            more := {called for name in needed for called in HELPERS[name].__code__.co_names if called in HELPERS}
            - needed
        ):
            needed |= more
        sources = [inspect.getsource(HELPERS[name]) for name in HELPERS if name in needed]
        imports = ["from collections.abc import Sequence", "from typing import Any", ""] if sources else []
        return imports + [f"\n{source}" for source in sources]

    def lines(
        self, request: wire.Request, functions: Mapping[int, Callable[..., object]], reply: wire.Reply
    ) -> list[str]:
        lines = []
        names = {number: f"function_{self._count}_{number}" for number in functions}
        for number, function in functions.items():
            lines += self._function(names[number], function)
        if isinstance(request, wire.Set):
            return [*lines, f"{self._target(request.target, request.name)} = {self._value(request.value, names)}"]
        if isinstance(request, wire.Load):
            return lines
        self._count += 1
        result = f"result_{self._count}"
        if isinstance(request, wire.Get):
            lines.append(f"{result} = {self._target(request.target, request.name)}")
        elif isinstance(request, wire.Call):
            lines.append(f"{result} = {self._target(request.target, request.name)}({self._arguments(request, names)})")
        else:
            lines += self._vjp(request, result, names)
        if isinstance(reply, wire.Raised):
            return [*lines, f"# expected: raises {reply.bases[0]}"]
        return lines + self._remember(result, reply.value)

    def _remember(self, result: str, value: wire.Value) -> list[str]:
        if isinstance(value, wire.Ref):
            self._refs.setdefault(value.id, result)
            return []
        if isinstance(value, wire.Items) and value.items and all(isinstance(item, wire.Ref) for item in value.items):
            for index, item in enumerate(value.items):
                self._refs.setdefault(item.id, f"{result}[{index}]")  # type: ignore[union-attr]  # each is a Ref
            return []
        if value is None:
            return []
        expected = pprint.pformat(from_wire(value, str), width=100)
        return [f'print("{result} =", {result})', *(f"# expected: {line}" for line in expected.splitlines()), ""]

    def _target(self, target: wire.Target, name: str) -> str:
        if isinstance(target, wire.Named):
            self._helpers.add(target.name)
            return target.name
        owner = "submission" if target is None else self._refs.get(target.id, "???")
        return f"{owner}.{name}" if name else owner

    def _arguments(self, request: wire.Call | wire.Vjp, names: dict[int, str]) -> str:
        args = [self._value(arg, names) for arg in request.args]
        args += [f"{name}={self._value(arg, names)}" for name, arg in request.kwargs.items()]
        return ", ".join(args)

    def _vjp(self, request: wire.Vjp, result: str, names: dict[int, str]) -> list[str]:
        args = [self._value(arg, names) for arg in request.args]
        lines, passed, tracked = [], [], []
        for index, (arg, text) in enumerate(zip(request.args, args, strict=True)):
            if isinstance(arg, wire.Tensor) and arg.dtype.startswith("float"):
                leaf = f"leaf_{self._count}_{index}"
                lines.append(f"{leaf} = {text}.clone().requires_grad_()")
                tracked.append(leaf)
                passed.append(f"{leaf}.clone()")
            else:
                passed.append(text)
        function = self._target(request.target, request.name)
        lines.append(f"output = {function}({', '.join(passed)})")
        cotangent = self._value(request.cotangent, names)
        if request.parameters:
            tracked.append(f"*{function}.parameters()")
        lines.append("first = output[0] if isinstance(output, (list, tuple)) else output")
        lines.append(
            f"{result} = output, torch.autograd.grad(first, [{', '.join(tracked)}], {cotangent}, allow_unused=True)"
        )
        return lines

    def _value(self, value: wire.Value, names: dict[int, str]) -> str:
        if isinstance(value, wire.Tensor):
            return self._names.get((value.dtype, value.shape, value.data)) or _literal(value)
        if isinstance(value, wire.Items):
            items = [self._value(item, names) for item in value.items]
            if value.kind == "list":
                return f"[{', '.join(items)}]"
            return f"({', '.join(items)}{',' if len(items) == 1 else ''})"
        if isinstance(value, wire.Mapping):
            return "{" + ", ".join(f"{key!r}: {self._value(item, names)}" for key, item in value.items) + "}"
        if isinstance(value, wire.Generator):
            return f"torch.Generator().manual_seed({value.seed})"
        if isinstance(value, wire.Ref):
            return self._refs.get(value.id, "???")
        if isinstance(value, wire.Callback):
            return names[value.id]
        if isinstance(value, wire.Named):
            self._helpers.add(value.name)
            return value.name
        if (isinstance(value, float) and value != value) or value in (float("inf"), float("-inf")):
            return f'float("{value}")'
        return repr(value)

    def _function(self, name: str, function: Callable[..., object]) -> list[str]:
        if isinstance(function, Formula):
            tensors = [f"    {key} = {_literal(tensor_to_wire(value))}" for key, value in function.tensors.items()]
            return [f"def {name}(x):", *tensors, f"    return {function.expression}", ""]
        return [f"def {name}(*args):", '    raise NotImplementedError("this function lives in the property")', ""]


def _literal(value: wire.Tensor) -> str:
    tensor = tensor_from_wire(value)
    if not tensor.numel():
        return f"torch.empty({tuple(value.shape)}, dtype=torch.{value.dtype})"
    entries = repr(tensor.tolist()).replace("inf", 'float("inf")').replace("nan", 'float("nan")')
    return f"torch.tensor({entries}, dtype=torch.{value.dtype})"
