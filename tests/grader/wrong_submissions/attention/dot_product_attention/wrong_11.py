# mistake: query by query; the scores are divided by d.
# diagnosis: divided-by-d
import torch
from torch import nn


class DotProductAttention(nn.Module):
    def __init__(self, dropout):
        super().__init__()
        self.p = dropout

    def forward(self, queries, keys, values, valid_lens=None):
        b, q, d = queries.shape
        k = keys.shape[1]
        weights, outputs = [], []
        for i in range(b):
            for j in range(q):
                length = k
                if valid_lens is not None:
                    length = min(k, int(valid_lens[i] if valid_lens.dim() == 1 else valid_lens[i, j]))
                scores = torch.stack([queries[i, j].dot(key) for key in keys[i, :length]]) / d
                exp = torch.exp(scores - scores.max())
                w = torch.cat([exp / exp.sum(), exp.new_zeros(k - length)])
                weights.append(w)
                if self.training:
                    w = w * (torch.rand(k) >= self.p) / (1 - self.p)
                outputs.append(sum(w[n] * values[i, n] for n in range(k)))
        self.attention_weights = torch.stack(weights).view(b, q, k).detach()
        return torch.stack(outputs).view(b, q, -1)
