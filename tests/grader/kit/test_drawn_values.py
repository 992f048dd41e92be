"""Values, Exact, Formula, Quadratic: tensors and functions as plain data."""

import dataclasses

import msgspec
import pytest
import torch

from grader.kit import AttentionInputs, Exact, Formula, Quadratic, Values
from grader.kit.modules import pack
from grader.wire.values import tensor_from_wire

NOISE = Values((50, 40), 3)


def test_values_are_tenths_between_minus_three_and_three():
    x = NOISE.tensor
    assert (x.shape, x.dtype) == ((50, 40), torch.float64)
    tenths = x * 10
    assert torch.allclose(tenths, tenths.round(), rtol=0, atol=1e-12)
    assert (x.min().item(), x.max().item()) == (-3.0, 3.0)
    assert len(x.unique()) == 61


def test_values_are_scaled_then_moved():
    x = Values((50, 40), 3, scale=100.0, offset=1000.0).tensor
    assert torch.allclose(x, NOISE.tensor * 100 + 1000)
    assert not Values((50, 40), 3, scale=0.0).tensor.any()


def test_where_zero_is_excluded_it_becomes_a_tenth_before_the_offset():
    x = Values((50, 40), 3, nonzero=True, offset=5.0).tensor
    expected = torch.where(NOISE.tensor == 0, 0.1, NOISE.tensor) + 5
    assert (NOISE.tensor == 0).any()
    assert torch.allclose(x, expected)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_values_have_the_dtype_asked_for(dtype):
    x = Values((2, 3), 1, dtype).tensor
    assert x.dtype == getattr(torch, dtype)
    assert torch.allclose(x.double(), Values((2, 3), 1).tensor, atol=2e-3)


def test_a_seed_is_one_tensor_and_each_time_a_new_one():
    first, again, other = NOISE.tensor, Values((50, 40), 3).tensor, Values((50, 40), 4).tensor
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    first += 1
    assert torch.equal(again, NOISE.tensor)


@pytest.mark.parametrize("value", [NOISE, Exact(((1, 2), (3, 4)), "int32"), Exact(2.5, "float32"), Exact((), "bool")])
def test_what_crosses_is_the_tensor_itself(value):
    assert value.wire == pack(value) == pack(value.tensor)
    assert torch.equal(tensor_from_wire(value.wire), value.tensor)


@pytest.mark.parametrize(
    ("data", "dtype"),
    [((1, 2), "int64"), ((1.5, -2.0), "float64"), (((True,), (False,)), "bool"), (3, "float32"), ((), "int32")],
)
def test_exact_entries_are_just_these(data, dtype):
    x = Exact(data, dtype).tensor
    assert x.dtype == getattr(torch, dtype)
    assert x.tolist() == torch.tensor(data).tolist()


def test_tensors_as_data_can_be_recorded_and_are_equal_by_what_they_say():
    for value in (Values((2, 1), 7, scale=0.5), Exact(((1, 2),), "int64")):
        back = msgspec.msgpack.decode(msgspec.msgpack.encode(value), type=type(value))
        assert torch.equal(back.tensor, value.tensor)
    assert Values((2,), 1) == Values((2,), 1) != Values((2,), 1, "float32")
    with pytest.raises(AttributeError):
        NOISE.seed = 4


def test_a_formula_is_the_function_that_it_says():
    double, x = Formula("A @ x + b", A=Exact(((2.0,),)), b=torch.tensor([1.0]).double()), torch.tensor([3.0]).double()
    assert double(x).item() == 7
    assert double.expression == "A @ x + b"
    assert {name: tensor.tolist() for name, tensor in double.tensors.items()} == {"A": [[2.0]], "b": [1.0]}
    assert Formula("torch.exp(x).sum() + y", y=Values((), 1))(torch.zeros(2)).item() == 2 + Values((), 1).tensor.item()


@pytest.mark.parametrize(("x", "said"), [(1.0, "float"), ("a", "str"), (None, "NoneType")])
def test_a_formula_of_what_is_no_tensor_is_refused(x, said):
    with pytest.raises(TypeError) as caught:
        Formula("x + 1")(x)
    assert str(caught.value) == f"called with an object of type {said}, expected a tensor"


def test_a_formula_that_is_none_is_refused_when_it_is_written():
    with pytest.raises(SyntaxError):
        Formula("x +")


@pytest.mark.parametrize("d", [1, 2, 4])
def test_a_quadratic_is_convex_and_has_the_gradient_and_curvature_that_it_says(d):
    case = Quadratic(Values((d, d), 1), Values((d,), 2), Values((d,), 3))
    x = case.x0.tensor.requires_grad_()
    value = case.f(x)
    [grad] = torch.autograd.grad(value, x)
    assert torch.allclose(grad, case.grad(x.detach()))
    hessian = torch.stack([case.grad(e) for e in torch.eye(d).double()]) - case.grad(torch.zeros(d).double())
    assert torch.allclose(hessian, case.hessian)
    curvatures = torch.linalg.eigvalsh(hessian)
    assert (curvatures >= 1 - 1e-9).all()
    assert case.largest_curvature == pytest.approx(curvatures.max().item())


def test_cases_are_plain_and_frozen():
    case = AttentionInputs(NOISE, NOISE, NOISE, None)
    assert case == dataclasses.replace(case)
    with pytest.raises(dataclasses.FrozenInstanceError):
        case.keys = None
