# mistake: own dropout with a Bernoulli mask, but the kept weights are not scaled by 1 / (1 - dropout).
# diagnosis: dropout-not-rescaled
import math

import torch
from torch import nn


class DotProductAttention(nn.Module):
    def __init__(self, dropout: float):
        super().__init__()
        self.dropout = nn.Dropout(dropout)

    def drop(self, w):
        if not self.training or self.dropout.p == 0:
            return w
        keep = torch.rand_like(w) >= self.dropout.p
        return torch.where(keep, w, torch.zeros_like(w))

    def forward(self, queries, keys, values, valid_lens=None):
        num_keys = keys.shape[1]
        sim = (queries.unsqueeze(2) * keys.unsqueeze(1)).sum(dim=-1)   # (b, q, 1, d) * (b, 1, k, d)
        sim = sim / math.sqrt(queries.shape[-1])
        if valid_lens is not None:
            if valid_lens.dim() == 1:
                valid_lens = valid_lens.unsqueeze(1).repeat(1, queries.shape[1])
            position = torch.arange(num_keys, device=sim.device)
            sim = sim + torch.where(position < valid_lens.unsqueeze(2), 0.0, -torch.inf).to(sim.dtype)
        self.attention_weights = sim.softmax(dim=-1)
        w = self.drop(self.attention_weights)
        return (w.unsqueeze(-1) * values.unsqueeze(1)).sum(dim=2)
