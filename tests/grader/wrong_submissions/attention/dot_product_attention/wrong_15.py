# mistake: the mask is made at the first call, and used for ever if the shape fits.
# diagnosis:
import torch
import torch.nn.functional as F
from torch import nn


class DotProductAttention(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.rate = dropout
        self._weights = None
        self.padding = None

    @property
    def attention_weights(self):
        return self._weights

    def forward(self, queries, keys, values, valid_lens=None):
        scaled = queries / queries.size(-1) ** 0.5
        scores = torch.einsum("bqd,bkd->bqk", scaled, keys)
        if valid_lens is not None:
            lens = valid_lens[:, None, None] if valid_lens.ndim == 1 else valid_lens[:, :, None]
            if self.padding is None or self.padding.shape != (len(keys), lens.shape[1], keys.size(1)):
                self.padding = torch.arange(keys.size(1))[None, None, :] >= lens
            scores = scores + self.padding.to(scores.dtype) * -1e9
        weights = F.softmax(scores, dim=2)
        self._weights = weights.detach().clone()
        weights = F.dropout(weights, p=self.rate, training=self.training)
        return torch.einsum("bqk,bkv->bqv", weights, values)
