# mistake: by einsum; queries and keys go through tanh one by one.
# diagnosis: tanh-of-each
import torch
import torch.nn.functional as F
from torch import nn


class AdditiveAttention(nn.Module):
    def __init__(self, key_size, query_size, num_hiddens, dropout=0.0):
        super().__init__()
        self.w_v = nn.Linear(num_hiddens, 1, bias=False)
        self.W_q = nn.Linear(query_size, num_hiddens, bias=False)
        self.W_k = nn.Linear(key_size, num_hiddens, bias=False)
        self.rate = dropout
        self._weights = None

    @property
    def attention_weights(self):
        return self._weights

    def forward(self, queries, keys, values, valid_lens=None):
        q = torch.einsum("bqs,hs->bqh", queries, self.W_q.weight)[:, :, None, :]
        k = torch.einsum("bks,hs->bkh", keys, self.W_k.weight)[:, None, :, :]
        scores = torch.einsum("bqkh,h->bqk", torch.tanh(q) + torch.tanh(k), self.w_v.weight[0])
        if valid_lens is not None:
            lens = valid_lens[:, None, None] if valid_lens.ndim == 1 else valid_lens[:, :, None]
            padding = torch.arange(keys.size(1))[None, None, :] >= lens
            scores = scores + padding.to(scores.dtype) * -1e9
        weights = F.softmax(scores, dim=2)
        self._weights = weights.detach().clone()
        weights = F.dropout(weights, p=self.rate, training=self.training)
        return torch.einsum("bqk,bkv->bqv", weights, values)
