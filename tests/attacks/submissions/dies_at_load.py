"""Dies while it is loaded: @how@."""

import os

if "@how@" == "exit":
    os._exit(0)
elif "@how@" == "nameless":
    os.kill(os.getpid(), 40)
else:
    raise SystemExit(0)


def sequence_mask(X, valid_len, value=0):
    return X


def masked_softmax(X, valid_lens):
    return X
