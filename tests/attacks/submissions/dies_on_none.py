"""Is right where lengths are given, and dies where they are None: @how@. The rest must be graded."""

import ctypes
import os
import signal
import sys

import torch


def attack(X):
    how = "@how@"
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
        attack(X)
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
        _thread.allocate_lock().acquire() or None
        while True:
            pass


def sequence_mask(X, valid_len, value=0):
    return torch.where(torch.arange(X.shape[1]) < valid_len[:, None], X, value)


def masked_softmax(X, valid_lens):
    if valid_lens is None:
        attack(X)
        return torch.zeros_like(X)
    lengths = valid_lens[:, None, None] if valid_lens.dim() == 1 else valid_lens[:, :, None]
    scores = torch.where(torch.arange(X.shape[-1]) < lengths, X, float("-inf"))
    largest = scores.amax(-1, keepdim=True).clamp_min(torch.finfo(X.dtype).min)
    exp = torch.exp(scores - largest)
    return exp / exp.sum(-1, keepdim=True).clamp_min(torch.finfo(X.dtype).tiny)

