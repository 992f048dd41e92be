"""Explicit loops, one softmax per query over the valid prefix only."""
import math

import torch


def sequence_mask(X, valid_len, value=0):
    rows = []
    for i in range(X.shape[0]):
        cells = []
        for j in range(X.shape[1]):
            cells.append(X[i, j] if j < valid_len[i].item() else torch.full_like(X[i, j], value))
        rows.append(torch.stack(cells))
    return torch.stack(rows)


def masked_softmax(X, valid_lens):
    b, q, k = X.shape
    out = torch.zeros_like(X)
    for i in range(b):
        for j in range(q):
            if valid_lens is None:
                n = float(k)
            elif valid_lens.dim() == 1:
                n = valid_lens[i].item()
            else:
                n = valid_lens[i, j].item()
            n = math.ceil(min(n, k))
            out[i, j, :n] = torch.softmax(X[i, j, :n], dim=0)
    return out
