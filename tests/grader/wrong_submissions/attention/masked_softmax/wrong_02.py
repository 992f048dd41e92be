# mistake: zeroes the padding first and then sends every score that EQUALS 0 to -inf, so a valid key whose score is
# diagnosis: zero-means-masked
# exactly 0 is masked too (and a row whose valid scores are all 0 becomes NaN).
"""10.3.1 — my solution"""
import torch
import torch.nn.functional as F


def sequence_mask(X, valid_len, value=0):
    maxlen = X.shape[1]
    mask = torch.arange(maxlen, device=X.device)[None, :] >= valid_len[:, None]
    return X.masked_fill(mask, value)


def masked_softmax(X, valid_lens):
    if valid_lens is None:
        return F.softmax(X, dim=-1)
    shape = X.shape
    if valid_lens.ndim == 1:
        valid_lens = valid_lens.repeat_interleave(shape[1])
    else:
        valid_lens = valid_lens.flatten()
    flat = sequence_mask(X.reshape(-1, shape[-1]), valid_lens)
    # padding is zero now -> make it minus infinity
    flat = flat.masked_fill(flat == 0, float("-inf"))
    return F.softmax(flat.reshape(shape), dim=-1)
