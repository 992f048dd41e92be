"""What a module keeps: objects of it, what a call left there, helpers beside it, gradients through it, one case long."""

import operator

import pytest
import torch
from claims import fails, local
from torch import nn

from grader.kit import Exact, Generator, Object, SubmissionError, Values, assert_matches, fetch, helper, keep, vjp
from grader.kit.modules import next_case

X, W = Values((2, 3), 1), Values((1, 3), 2)


class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.blks = nn.ModuleList([nn.Linear(3, 1, bias=False)])
        self.unused = nn.Parameter(torch.zeros(1))
        self.blks[0]._name = "private"

    def forward(self, X):
        return self.blks[0](X)


class Opaque:
    value = 1

    def __init__(self, inner=None):
        self.inner = inner

    def itself(self):
        return self


def opaque():
    return Opaque()


def two(X, n, Y=None):
    return X.detach() * n + (X * (Y if Y is not None else 1)).sum(), "second"


def first(X, *others):
    return X


def several(kind):
    return (Opaque(), torch.ones(1)) if kind == "tuple" else [Opaque()]


def draw(generator, n):
    return torch.rand(n, generator=generator)


def chance():
    return torch.rand(1)


def shift(x):
    return torch.zeros(3)


toy = local(Layer, Opaque, opaque, two, first, several, draw, chance, shift)

USES = {
    "equality": lambda x: x == 1,
    "inequality": lambda x: x != 1,
    "order": lambda x: x < 1,
    "truth": bool,
    "length": len,
    "iteration": list,
    "float": float,
    "int": int,
    "item": lambda x: x[0],
    "membership": lambda x: 1 in x,
    "sum": lambda x: x + 1,
    "sum from the right": lambda x: 1 + x,
    "difference": lambda x: x - 1,
    "product": lambda x: 2 * x,
    "quotient": lambda x: x / 2,
    "matrix product": lambda x: x @ x,
    "negation": operator.neg,
    "size": abs,
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_an_object_is_no_value(use):
    with fails("returned test_objects.Opaque, expected plain data", "返回了 test_objects.Opaque，应返回普通数据",
               ["test_objects", "Opaque"]):  # fmt: skip
        use(toy.opaque())


def test_an_object_is_no_key_and_says_what_it_is():
    with pytest.raises(TypeError, match="unhashable"):
        hash(toy.opaque())
    assert isinstance(toy.opaque(), Object)
    assert repr(toy.opaque()) == "<test_objects.Opaque>"


def test_names_that_begin_with_an_underscore_are_python_s_own():
    for thing in (toy, toy.Opaque()):
        with pytest.raises(AttributeError, match="_name"):
            _ = thing._name


def test_attributes_are_read_set_and_missing():
    made = toy.Opaque(3)
    made.inner = [X, {"a": made}]
    assert torch.equal(made.inner[0], X.tensor)
    assert repr(made.inner[1]["a"]) == "<test_objects.Opaque>"
    assert made.value == 1
    with pytest.raises(SubmissionError, match="no attribute 'missing'"):
        _ = made.missing


def test_what_is_kept_stays_there_item_by_item():
    made, ones = keep(toy.several, "tuple")
    assert (made.value, fetch(ones).item()) == (1, 1.0)
    [made] = keep(toy.several, "list")
    assert repr(fetch(made)) == "<test_objects.Opaque>"
    assert fetch(keep(toy.chance)).shape == (1,)


def test_a_helper_runs_where_the_module_lives_and_may_leave_its_result_there():
    params = helper(toy, "parameters", [X, W], keep=True)
    assert_matches(helper(params[0], "read", params), [X.tensor, W.tensor])
    aliases = helper(toy, "aliases", params, keep=True)
    helper(toy, "set_grads", params, [None, W])
    assert helper(toy, "get_grads", params)[0] is None
    assert_matches(helper(toy, "read", aliases), [X.tensor, W.tensor])
    assert [fetch(param).requires_grad for param in params] == [True, True]


def test_a_helper_that_goes_through_its_items_once_gives_nothing_the_second_time():
    once = helper(toy, "once", helper(toy, "parameters", [X, W], keep=True), keep=True)
    optimizer = helper(toy, "optimizer_maker", "sgd", keep=True)(once)
    [group] = helper(toy, "get_options", optimizer, ["lr", "params"])
    assert (group["lr"], len(group["params"])) == (0.1, 2)


def test_vjp_gives_outputs_and_the_gradient_of_every_floating_argument():
    cotangent = Values((2, 3), 4)
    found = vjp(toy.two, [X, 2, Values((2, 3), 3)], cotangent)
    first, second = found.pop("output")
    total = (X.tensor * Values((2, 3), 3).tensor).sum()
    assert_matches(first, X.tensor * 2 + total)
    assert second == "second"
    weight = cotangent.tensor.sum()
    assert_matches(found, {"0": Values((2, 3), 3).tensor * weight, "2": X.tensor * weight})


def test_vjp_gives_none_where_an_argument_takes_no_part_and_leaves_whole_numbers_out():
    cotangent = torch.ones(2, 3).double()
    found = vjp(toy.first, [X, X, Exact((1, 2), "int64"), 3], cotangent)
    assert_matches(found, {"output": X.tensor, "0": cotangent, "1": None})
    assert vjp(toy.Layer().double(), [X], torch.ones(2, 1).double(), parameters=True)["unused"] is None


def test_vjp_of_an_object_has_its_parameters_under_the_names_that_stacks_have():
    layer = toy.Layer().double()
    helper(toy, "load_parameters", layer, {"blks.0.weight": W})
    found = vjp(layer, [X], torch.ones(2, 1).double(), parameters=True)
    assert_matches(found["output"], X.tensor @ W.tensor.T)
    assert_matches(found["0"], W.tensor.expand(2, 3))
    assert_matches(found["blks.0.weight"], X.tensor.sum(0, keepdim=True))
    assert set(vjp(layer, [X], torch.ones(2, 1).double())) == {"output", "0"}


@pytest.mark.parametrize(
    ("function", "message"),
    [("shift", r"^shape: returned shape \(3,\), expected \(2,\)"), ("draw", "TypeError")],
)
def test_what_cannot_be_pulled_back_is_an_error_of_the_call(function, message):
    with pytest.raises(SubmissionError, match=message):
        vjp(getattr(toy, function), [X], torch.ones(2).double())


def test_a_generator_is_made_anew_wherever_it_is_handed_over():
    seed = Generator(7)
    first, again, other = toy.draw(seed, 3), toy.draw(seed, 3), toy.draw(Generator(8), 3)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_next_case_forgets_objects_and_begins_its_random_numbers_anew():
    module = local(Opaque, chance)
    kept = module.Opaque()
    numbers = [module.chance().item(), module.chance().item()]
    next_case(module)
    with pytest.raises(SubmissionError, match="KeyError"):
        _ = kept.value
    others = [module.chance().item(), module.chance().item()]
    module._channel.case -= 1
    assert [module.chance().item(), module.chance().item()] == numbers
    assert len({*numbers, *others}) == 4


def test_what_cannot_cross_is_the_author_s_mistake():
    with pytest.raises(TypeError, match="a property handed over 1j of type complex, which cannot cross"):
        toy.two([{"a": 1j}], 1)
