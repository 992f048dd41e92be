"""Leaves a file for its next run wherever it can, and says so when it finds one."""

import os
import tempfile

import torch

PLACES = [os.getcwd(), "/tmp", "/var/tmp", "/dev/shm", "/run", os.path.expanduser("~"), "@cache@", "@course@",
          os.path.dirname(torch.__file__), os.path.dirname(__file__)]
found = []
for place in PLACES:
    path = os.path.join(place, "left_by_an_attack")
    if os.path.exists(path):
        found.append(path)
    for attempt in (lambda: open(path, "w").close(), lambda: os.mkdir(path), lambda: os.symlink("/", path),
                    lambda: os.mkfifo(path), lambda: os.rename(__file__, path), lambda: os.link(__file__, path)):
        try:
            attempt()
            found.append(path)
        except OSError:
            pass
try:
    found.append(tempfile.mkdtemp())
except OSError:
    pass


def sequence_mask(X, valid_len, value=0):
    print("left over:", found)
    return X * 0 + 7


def masked_softmax(X, valid_lens):
    return X * 0 + 7
