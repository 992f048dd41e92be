"""Leaves threads behind that keep working, and others that outlive the main thread."""

import ctypes
import threading
import time


def work():
    while True:
        try:
            time.sleep(0.001)
        except BaseException:
            continue


for _ in range(3):
    threading.Thread(target=work, daemon=False).start()


def sequence_mask(X, valid_len, value=0):
    ctypes.CDLL(None).pthread_exit(None)  # the main thread goes, the others stay


def masked_softmax(X, valid_lens):
    return X * 0 + 7
