"""Is right where lengths are given, and dies elsewhere, in four ways: @how@. The rest must be graded."""

import ctypes
import os
import signal
import sys

import torch

HOW = "@how@".split()
"""In sequence_mask, without lengths, without lengths but with gradients, without lengths in float16."""


def attack(X, how):
    if how == "exit":
        os._exit(0)
    elif how == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif how == "term":
        os.kill(os.getpid(), signal.SIGTERM)
    elif how == "nameless":
        os.kill(os.getpid(), signal.SIGRTMIN + 6)
    elif how == "segfault":
        ctypes.string_at(8)
    elif how == "abort":
        os.abort()
    elif how == "recursion":
        attack(X, how)
    elif how == "stack":
        sys.setrecursionlimit(10**9)
        nested = []
        for _ in range(10**6):
            nested = [nested]
        repr(nested)
    elif how == "close":
        os.close(3)
    elif how == "replace":
        os.dup2(os.open("/dev/null", os.O_RDONLY), 3)
    elif how == "thread":
        import _thread

        _thread.start_new_thread(lambda: os._exit(3), ())
        while True:
            pass


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
