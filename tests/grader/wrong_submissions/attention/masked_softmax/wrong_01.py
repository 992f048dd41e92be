# mistake: the softmax is written by hand as exp / sum without subtracting the maximum, so large scores (a few hundred
# diagnosis: no-maximum-subtracted
# and up) overflow to inf and give NaN (and very negative rows give 0/0).
import torch


def sequence_mask(X, valid_len, value=0):
    keep = torch.arange(X.size(1), device=X.device).unsqueeze(0) < valid_len.unsqueeze(1)
    return torch.where(keep, X, torch.full_like(X, value))


def masked_softmax(X, valid_lens):
    b, q, k = X.shape
    e = X.exp()
    if valid_lens is not None:
        lens = valid_lens if valid_lens.dim() == 2 else valid_lens.unsqueeze(1).expand(b, q)
        e = sequence_mask(e.reshape(b * q, k), lens.reshape(b * q), 0.0).reshape(b, q, k)
    return e / e.sum(-1, keepdim=True)
