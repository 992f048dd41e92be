"""Never comes back, in four ways: @how@. Refuses to be asked politely."""

import os
import re
import signal
import threading
import time

import torch

HOW = "@how@".split()
"""In sequence_mask, without lengths, without lengths but with gradients, without lengths in float16."""

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
try:
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
except ValueError:
    pass


def attack(X, how):
    if how == "sleep":
        time.sleep(10**6)
    elif how == "regex":
        re.match(r"(a+)+$", "a" * 64 + "b")
    elif how == "deadlock":
        lock = threading.Lock()
        lock.acquire()
        thread = threading.Thread(target=lock.acquire)
        thread.start()
        thread.join()
    elif how == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    while True:
        try:
            while True:
                pass
        except BaseException:
            continue


if HOW[0] == "load":
    attack(None, "loop")


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
