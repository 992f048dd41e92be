"""A scenario means the same on a module in this process and on one in a worker."""

from pathlib import Path

import pytest
import torch

from grader import wire
from grader.formats import Limits
from grader.judge.bank.loading import Reference
from grader.judge.workers.channels import LocalChannel, WorkerChannel
from grader.judge.workers.deadlines import Budget
from grader.judge.workers.worker import Worker
from grader.kit import (
    Exact,
    Formula,
    Generator,
    Mismatch,
    SubmissionError,
    Values,
    assert_matches,
    helper,
    outcome,
    vjp,
)
from grader.kit.modules import Module
from grader.worker.sandbox import readable_paths

TOY = Path(__file__).with_name("toy.py")


@pytest.fixture(scope="module")
def worker(server):
    load = wire.Load(TOY.read_text(encoding="utf-8"), str(TOY), [], [])
    worker = Worker(server, readable_paths([]), Budget(Limits(exercise_seconds=300)), load)
    assert worker.start() == wire.Returned(wire.Items("list", []))
    yield worker
    worker.end()


class Cases:
    number = 0


@pytest.fixture
def both(worker):
    Cases.number += 1
    local = LocalChannel(Reference("toy", TOY.read_text(encoding="utf-8"), str(TOY), TOY.parent).module, str(TOY))
    local.case = Cases.number
    return Module(local), Module(WorkerChannel(worker, Cases.number))


X = Values((2, 3), 11)
W = Values((4, 3), 12)
b = Values((4,), 13)
X_2 = Values((2,), 18)
X_22 = Values((2, 2), 19)


def call_with_everything(module):
    return module.identity(None, True, 1, 2.5, "é", [1, (2, [3])], {"k": X}, X, Exact((1, 2), "int32"), key=X)


def build_and_call(module):
    layer = module.Layer(3, 4).double().eval()
    helper(layer, "load_parameters", layer, {"linear.weight": W, "linear.bias": b})
    output = layer(X)
    return {
        "output": output,
        "last": layer.last,
        "calls": layer.double_calls(),
        "norm": layer.weight_norm,
        "weight": layer.linear.weight,
    }


def set_attributes(module):
    layer = module.Layer(3, 4)
    layer.calls = 7
    layer.tag = [X, "x"]
    return {"calls": layer.calls, "tag": layer.tag}


def state_dicts(module):
    layer, other = module.Layer(3, 4).double(), module.Layer(3, 4).double()
    state = layer.state_dict()
    other.load_state_dict({"linear.weight": W, "linear.bias": b})
    helper(module, "reload_state", layer, other)
    return {"names": list(state), "after": layer.state_dict()}


def train_and_eval(module):
    layer = module.Layer(3, 4)
    modes = [layer.training, layer.eval().training, layer.train().training]
    return {"modes": modes, "random": layer.linear.weight}


def optimize(module):
    params = helper(module, "parameters", [X, b], keep=True)
    groups = [{"params": [params[0]], "lr": 0.5}, {"params": [params[1]]}]
    optimizer = module.SGD(groups, lr=0.25)
    aliases = helper(module, "aliases", params, keep=True)
    first = helper(module, "optimize", optimizer, params, [[X, b], [None, b]])
    helper(module, "set_options", optimizer, 1, {"lr": 0.125})
    other = module.SGD(groups, lr=1.0)
    helper(module, "reload_state", other, optimizer)
    return {
        "trajectory": first,
        "aliases": helper(module, "read", aliases),
        "grads": helper(module, "get_grads", params),
        "options": helper(module, "get_options", other, ["lr"]),
        "continued": helper(module, "optimize", other, params, [[X, b]]),
    }


def closures(module):
    params = helper(module, "parameters", [b], keep=True)
    calls = []

    def closure():
        calls.append(1)
        return 0.5

    return {"loss": module.SGD(params).step(closure), "calls": len(calls)}


def callbacks(module):
    return module.apply(Formula("A @ x", A=torch.eye(3, dtype=torch.float64) * 2), Values((3,), 5), 3)


def generators(module):
    return [module.draw(Generator(seed), 10) for seed in (1, 1, 2)]


def gradients(module):
    grads = vjp(module.two, [X, Values((2, 3), 14)], Values((2,), 15))
    layer = module.Layer(3, 4).double().eval()
    return {"function": grads, "layer": vjp(layer, [X], Values((2, 4), 3), parameters=True)}


def mutation(module):
    ended = outcome(module.scale_in_place, X, factor=3.0)
    return {"value": ended.value, "changed": ended.changed, "kept": outcome(module.identity, X).changed}


def errors(module):
    ended = outcome(module.fail, "no")
    return {"bases": ended.error.bases, "message": ended.error.reply.message, "frames": len(ended.error.reply.frames)}


def exits(module):
    return outcome(module.leave, 0).error.bases


def prints(module):
    channel = module._channel
    return channel.request(wire.Call(channel.case, None, "noisy", [3], {}), {}).prints


def blocks(module):
    weights = {f"blks.{i}.linear.weight": Values((2, 2), 20 + i) for i in range(2)}
    outputs, grads = [], []
    for names in (("0", "1"), ("first", "second"), ("block1", "block0")):
        stack = module.Stack(*names).double().eval()
        helper(module, "load_parameters", stack, weights | {"blks.0.linear.bias": X_2, "blks.1.linear.bias": X_2})
        outputs.append(stack(X_22))
        grads.append(vjp(stack, [X_22], Values((2, 2), 3), parameters=True)["blks.0.linear.weight"])
    return {"outputs": outputs, "grads": grads}


def graphs(module):
    grown = []
    for make in (module.SGD, module.Growing):
        params = helper(module, "parameters", [X, b], keep=True)
        optimizer = make(params)
        helper(module, "set_grads", params, [X, b])
        optimizer.step()
        grown.append(helper(module, "graphs", optimizer, params))
    return grown


def made_optimizers(module):
    objective = helper(module, "differentiable", "(c * x**2).sum() / 2", {"c": b}, keep=True)
    runs = {}
    for rule in ("sgd", "momentum", "adagrad", "adam"):
        make = helper(module, "optimizer_maker", rule, 0.25, keep=True)
        runs[rule] = module.descend(make, objective, b, 3)
        by_default = helper(module, "optimizer_maker", rule, keep=True)
        optimizer = by_default(helper(module, "parameters", [b], keep=True), lr=0.5)
        runs[f"{rule}, lr"] = helper(module, "get_options", optimizer, ["lr"])
    return runs


def random_numbers(module):
    return [module.noisy(3), module.noisy(3)]


def vector_instructions(module):
    return module.vector_instructions()


def numpy_scalars(module):
    return module.largest(X, 1.0)


def missing(module):
    return outcome(module.nothing).error.bases


SCENARIOS = [
    call_with_everything, build_and_call, set_attributes, state_dicts, train_and_eval, optimize, closures, callbacks,
    generators, gradients, blocks, graphs, made_optimizers, mutation, errors, exits, random_numbers, vector_instructions,
    numpy_scalars, missing,
]  # fmt: skip


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_a_scenario_gives_the_same_here_and_in_a_worker(both, scenario):
    here, there = (scenario(module) for module in both)
    assert_matches(there, here, rtol=0, atol=0)


def test_the_scenarios_say_what_they_should(both):
    for module in both:
        assert closures(module) == {"loss": 0.5, "calls": 1}
        assert mutation(module)["changed"] == ("0",)
        assert mutation(module)["kept"] == ()
        assert_matches(callbacks(module), Values((3,), 5).tensor * 8)
        expected = torch.nn.functional.linear(X.tensor, W.tensor, b.tensor)
        assert_matches(build_and_call(module)["output"], expected)
        assert optimize(module)["grads"][0] is None
        assert graphs(module) == [[], ["state[params[0]]['average']", "state[params[1]]['average']"]]
        for alike in blocks(module).values():
            assert_matches(alike[1:], alike[:1] * 2, rtol=0, atol=0)
        made, once = made_optimizers(module), b.tensor - 0.25 * b.tensor**2
        assert_matches(made["sgd"][0][1], (b.tensor * once**2).sum() / 2)
        assert made["adam, lr"] == [{"lr": 0.5}]
        largest = X.tensor.max().item()
        assert_matches(
            numpy_scalars(module),
            (X.tensor.argmax().item(), largest, largest > 1, {X.tensor.argmax().item(): [largest, True]}),
        )
        assert errors(module)["bases"] == ["ValueError", "Exception"]


def test_what_a_submission_prints_comes_back(both):
    _, there = both
    assert prints(there) == "n is 3\n"


def test_arguments_are_copies(both):
    tensor = X.tensor
    for module in both:
        module.scale_in_place(tensor)
    assert torch.equal(tensor, X.tensor)


def test_an_object_that_equals_everything_equals_nothing_here(both):
    for module in both:
        found = module.liar()
        with pytest.raises(Mismatch, match=r"returned .*Liar"):
            _ = found == 1
        with pytest.raises(Mismatch, match=r"returned a .*Liar, expected a torch.Tensor"):
            assert_matches(found, X.tensor)
        with pytest.raises(Mismatch):
            bool(found)


def test_an_exception_of_the_submission_is_raised_with_its_own_lines(both):
    for module in both:
        with pytest.raises(SubmissionError, match="ValueError: no") as caught:
            module.fail("no")
        assert [frame.function for frame in caught.value.reply.frames] == ["fail"]


def test_a_function_called_back_with_nonsense_is_refused_and_not_fatal(both):
    for module in both:
        ended = outcome(module.apply, Formula("x + 1"), "text", 1)
        assert ended.error.bases[0] == "CallbackFailed"
        assert "expected a tensor" in ended.error.reply.message
        assert module.identity(1) == ((1,), {})


def test_objects_of_one_case_are_forgotten_in_the_next(worker):
    Cases.number += 1
    layer = Module(WorkerChannel(worker, Cases.number)).Layer(1, 1)
    Cases.number += 1
    channel = WorkerChannel(worker, Cases.number)
    reply = channel.request(wire.Get(channel.case, wire.Ref(object.__getattribute__(layer, "_ref").id), "calls"), {})
    assert isinstance(reply, wire.Raised)


def test_a_tensor_that_does_not_cross_says_of_which_kind_it_is(both):
    for module in both:
        with pytest.raises(
            Mismatch, match=r"returned a torch.Tensor \(torch.sparse_coo, cpu, torch.float32\), expected"
        ):
            assert_matches(module.sparse(), X.tensor)
