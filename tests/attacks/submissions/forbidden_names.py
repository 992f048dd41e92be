"""Reaches the forbidden softmax: @how@."""

import importlib

import torch
import torch.nn.functional as F

FOUND = None


def getattr_computed(X):
    return getattr(torch, "soft" + "max")(X, -1)


def functional(X):
    return vars(F)["soft" + "max"](X, dim=-1)


def method(X):
    return getattr(X, "soft" + "max")(-1)


def imported(X):
    return getattr(importlib.import_module("torch.nn." + "functional"), "soft" + "max")(X, dim=-1)


def ops(X):
    return getattr(torch.ops.aten, "soft" + "max").int(X, -1)


def kernel(X):
    return getattr(torch, "_soft" + "max")(X, -1, False)


def special(X):
    return getattr(torch.special, "soft" + "max")(X, -1)


def layer(X):
    return getattr(torch.nn, "Soft" + "max")(-1)(X)


def attention(X):
    eye = torch.eye(X.shape[-1], dtype=X.dtype).expand(X.shape[0], -1, -1)
    smuggled = getattr(F, "scaled_dot_" + "product_attention")
    return smuggled(X, eye, eye, scale=1.0)


def swallowed(X):
    try:
        return getattr(torch, "soft" + "max")(X, -1)
    except BaseException:
        return X.exp() / X.exp().sum(-1, keepdim=True)


def namespace(X):
    return getattr(torch._ops._OpNamespace("aten"), "soft" + "max").int(X, -1)


def script(X):
    source = "def f(x: Tensor) -> Tensor:\n  return torch.soft" + "max(x, -1)\n"
    return torch.jit.CompilationUnit(source).f(X)


def sequence_mask(X, valid_len, value=0):
    valid = torch.arange(X.shape[1]) < valid_len[:, None]
    return torch.where(valid, X, value)


def masked_softmax(X, valid_lens):
    if valid_lens is not None:
        lengths = valid_lens[:, None, None] if valid_lens.dim() == 1 else valid_lens[:, :, None]
        X = torch.where(torch.arange(X.shape[-1]) < lengths, X, torch.finfo(X.dtype).min)
    return @how@(X)
