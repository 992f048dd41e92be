"""A submission with a common mistake."""

import torch


def sequence_mask(X, valid_len, value=0):
    mask = torch.arange(X.shape[1])[None, :] < valid_len[:, None]
    return torch.where(mask, X, value)


def masked_softmax(X, valid_lens):
    weights = torch.softmax(X, dim=-1)
    if valid_lens is None:
        return weights
    if valid_lens.dim() == 1:
        valid_lens = valid_lens.repeat_interleave(X.shape[1])
    flat = weights.reshape(-1, X.shape[-1])
    return sequence_mask(flat, valid_lens.reshape(-1), 0.0).reshape(X.shape)
