"""The blocks of a stack are known by their order, whatever a learner called them; each stack counts its own."""

from types import ModuleType

import pytest
import torch
from torch import nn

from grader.judge.workers.channels import LocalChannel
from grader.kit import Values, helper, vjp
from grader.kit.modules import Module
from grader.worker.helpers import blocks_in_order, load_parameters
from grader.worker.slips import Slipped


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["blks.b.w", "blks.a.w"], ["blks.0.w", "blks.1.w"]),
        (["blks.b.w", "blks.b.v", "blks.a.w"], ["blks.0.w", "blks.0.v", "blks.1.w"]),
        (
            ["encoder.blks.b0.w", "encoder.blks.b1.w", "decoder.blks.b0.w", "decoder.blks.c.w"],
            ["encoder.blks.0.w", "encoder.blks.1.w", "decoder.blks.0.w", "decoder.blks.1.w"],
        ),
        (
            ["encoder.blks.x.w", "decoder.blks.y.w", "encoder.blks.z.w"],
            ["encoder.blks.0.w", "decoder.blks.0.w", "encoder.blks.1.w"],
        ),
        (
            ["blks.x.blks.y.w", "blks.x.blks.z.w", "blks.u.blks.y.w", "blks.u.w"],
            ["blks.0.blks.0.w", "blks.0.blks.1.w", "blks.1.blks.0.w", "blks.1.w"],
        ),
        (["blks.blks.blks.w", "blks.c.w"], ["blks.0.blks.w", "blks.1.w"]),
        (["blks.blks.a.w", "blks.c.w"], ["blks.0.a.w", "blks.1.w"]),
        (["blks.w", "blks", "myblks.b.w", "head.w", ""], ["blks.w", "blks", "myblks.b.w", "head.w", ""]),
    ],
    ids=["one", "parameters", "two", "interleaved", "nested", "blks in blks", "a block named blks", "no blocks"],
)
def test_each_stack_numbers_its_own_blocks(names, expected):
    assert blocks_in_order(names) == expected


class Sides(nn.Module):
    """Two stacks of stacks, under names that do not tell their order."""

    def __init__(self):
        super().__init__()
        for side, names in {"encoder": ("z", "a"), "decoder": ("1", "0")}.items():
            stack = nn.Sequential()
            for name in names:
                stack.add_module(name, nn.Linear(1, 1, bias=False))
            self.add_module(side, nn.Sequential())
            getattr(self, side).add_module("blks", stack)

    def forward(self, X):
        return self.decoder(self.encoder(X))


NAMES = [f"{side}.blks.{i}.weight" for side in ("encoder", "decoder") for i in (0, 1)]


def test_parameters_go_into_the_block_of_that_place():
    sides = Sides()
    load_parameters(sides, {name: torch.full((1, 1), 2.0 + i) for i, name in enumerate(NAMES)})
    assert [parameter.item() for parameter in sides.parameters()] == [2, 3, 4, 5]


def test_a_stack_whose_first_part_has_no_parameters_gets_each_value_once():
    model = nn.Module()
    model.blks = nn.Sequential(nn.Tanh(), nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False))
    load_parameters(model, {f"blks.{i}.weight": torch.full((1, 1), 2.0 + i) for i in (0, 1)})
    assert [parameter.item() for parameter in model.parameters()] == [2, 3]


def test_a_gradient_has_the_name_under_which_its_parameter_was_loaded():
    source = ModuleType("sides")
    source.Sides = Sides
    module = Module(LocalChannel(source, ""))
    sides = module.Sides().double()
    helper(module, "load_parameters", sides, {name: torch.tensor([[2.0 + i]]).double() for i, name in enumerate(NAMES)})
    grads = vjp(sides, [Values((1, 1), 1, offset=10.0)], torch.ones(1, 1).double(), parameters=True)
    output = grads["output"].item()
    assert [grads[name].item() for name in NAMES] == pytest.approx([output / weight for weight in (2, 3, 4, 5)])


def test_a_parameter_that_is_not_there_is_told_with_the_names_that_are():
    with pytest.raises(Slipped, match=r"no parameter named 'head.weight'; there are: encoder.blks.z.weight, "):
        load_parameters(Sides(), {"head.weight": torch.zeros(1, 1)})
    with pytest.raises(Slipped, match="there are: none"):
        load_parameters(nn.Tanh(), {"weight": torch.zeros(1)})


def test_a_value_of_another_shape_is_told_with_both():
    with pytest.raises(Slipped, match=r"parameter 'weight' has shape \(1, 1\), expected \(1,\)"):
        load_parameters(nn.Linear(1, 1), {"weight": torch.zeros(1)})
