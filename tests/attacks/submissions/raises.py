"""Raises what test runners take for "skip this", "reject this", "stop": @how@."""

import os
import sys

import torch

HOW = "@how@".split()
"""In sequence_mask, without lengths, without lengths but with gradients, without lengths in float16."""


def attack(X, how):
    if how == "reject":
        import hypothesis

        hypothesis.reject()
    elif how == "skip":
        import pytest

        pytest.skip("not today")
    elif how == "unittest":
        import unittest

        raise unittest.SkipTest("not today")
    elif how == "exit":
        sys.exit(0)
    elif how == "interrupt":
        raise KeyboardInterrupt
    elif how == "generator":
        raise GeneratorExit
    elif how == "stop":
        raise StopIteration
    elif how == "assertion":
        raise AssertionError


def sequence_mask(X, valid_len, value=0):
    attack(X, HOW[0])
    return X


def masked_softmax(X, valid_lens):
    if valid_lens is None:
        attack(X, HOW[2] if X.requires_grad else HOW[3] if X.dtype == torch.float16 else HOW[1])
        return X
    lengths = valid_lens[:, None, None] if valid_lens.dim() == 1 else valid_lens[:, :, None]
    scores = torch.where(torch.arange(X.shape[-1]) < lengths, X, float("-inf"))
    largest = scores.amax(-1, keepdim=True).clamp_min(torch.finfo(X.dtype).min)
    exp = torch.exp(scores - largest)
    return exp / exp.sum(-1, keepdim=True).clamp_min(torch.finfo(X.dtype).tiny)
