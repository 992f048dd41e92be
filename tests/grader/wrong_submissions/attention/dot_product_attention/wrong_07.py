# mistake: the hand-made softmax subtracts one GLOBAL maximum (scores.max() of the whole tensor) instead of the one of
# diagnosis: one-maximum-for-all-rows
# each row: rows far below another row's maximum underflow to 0/0 = NaN.
import numpy as np
import torch
from torch import nn


def softmax(z):
    z = z - z.max()                 # numerically stable
    e = torch.exp(z)
    return e / e.sum(axis=-1, keepdims=True)


class DotProductAttention(nn.Module):
    def __init__(self, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def forward(self, queries, keys, values, valid_lens=None):
        z = queries @ keys.swapaxes(1, 2) / float(np.sqrt(queries.shape[2]))
        if valid_lens is not None:
            n = valid_lens[:, np.newaxis] if valid_lens.ndim == 1 else valid_lens
            m = torch.arange(z.shape[2], device=z.device)[np.newaxis, np.newaxis, :] >= n[:, :, np.newaxis]
            z = torch.where(m, -np.inf, z)
        w = softmax(z)
        self.attention_weights = w
        return self.dropout(w) @ values
