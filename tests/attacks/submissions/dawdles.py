"""Is wrong, and takes a little less than the limit for every call."""

import time


def sequence_mask(X, valid_len, value=0):
    time.sleep(0.25)
    return X * 0 + 7


def masked_softmax(X, valid_lens):
    time.sleep(0.25)
    return X * 0 + 7
