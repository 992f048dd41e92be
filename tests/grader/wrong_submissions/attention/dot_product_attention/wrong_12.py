# mistake: an added mask of ones at the valid keys.
# diagnosis: mask-added-as-a-number
import torch
import torch.nn.functional as F
from torch import nn


class DotProductAttention(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.rate = dropout
        self._weights = None

    @property
    def attention_weights(self):
        return self._weights

    def forward(self, queries, keys, values, valid_lens=None):
        scaled = queries / queries.size(-1) ** 0.5
        scores = torch.einsum("bqd,bkd->bqk", scaled, keys)
        if valid_lens is not None:
            lens = valid_lens[:, None, None] if valid_lens.ndim == 1 else valid_lens[:, :, None]
            padding = torch.arange(keys.size(1))[None, None, :] >= lens
            scores = scores + (~padding).to(scores.dtype)
        weights = F.softmax(scores, dim=2)
        self._weights = weights.detach().clone()
        weights = F.dropout(weights, p=self.rate, training=self.training)
        return torch.einsum("bqk,bkv->bqv", weights, values)
