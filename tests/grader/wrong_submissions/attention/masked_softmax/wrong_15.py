# mistake: the mask is the sign of position - length, which wraps around for lengths of an unsigned type.
# diagnosis:
import torch
import torch.nn.functional as F


def sequence_mask(X, valid_len, value=0):
    return X.masked_fill(torch.arange(X.size(1)).ge(valid_len.unsqueeze(-1)), value)


def masked_softmax(X, valid_lens):
    if valid_lens is None:
        return F.softmax(X, -1)
    lens = valid_lens.view(-1, 1, 1) if valid_lens.ndim == 1 else valid_lens.unsqueeze(2)
    padding = torch.arange(X.size(2), dtype=lens.dtype).view(1, 1, -1) - lens >= 0
    padding = padding.expand_as(X)
    return F.softmax(X.masked_fill(padding, float("-inf")), dim=-1).masked_fill(padding, 0.0)
