"""Takes more and more without end: @what@."""

import mmap
import os

import torch

kept = []


def take():
    what = "@what@"
    while True:
        if what == "tensors":
            kept.append(torch.ones(2**22, dtype=torch.float64))
        elif what == "objects":
            kept.append(bytes(2**20))
        elif what == "maps":
            kept.append(mmap.mmap(-1, 2**24))
            kept[-1].write(b"x" * 2**24)
        elif what == "files":
            kept.append(os.open("/dev/zero", os.O_RDONLY))
        elif what == "pipes":
            kept.append(os.pipe())
        elif what == "processes":
            if os.fork() == 0:
                continue
        elif what == "disk":
            with open("/dev/shm/gradlings_attack", "wb") as stream:
                stream.write(b"x" * 2**24)


def sequence_mask(X, valid_len, value=0):
    take()


def masked_softmax(X, valid_lens):
    take()
