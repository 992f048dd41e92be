"""By torch.var_mean, and in-place work on a new tensor."""

import torch
from torch import nn


def layer_norm(X, gamma, beta, eps=1e-5):
    var, mean = torch.var_mean(X, dim=-1, unbiased=False, keepdim=True)
    out = X - mean
    out /= (var + eps).sqrt()
    out = out * gamma
    out += beta
    return out


class AddNorm(nn.Module):
    def __init__(self, normalized_shape, dropout):
        super().__init__()
        self.drop = nn.Dropout(p=dropout)
        self.ln = nn.LayerNorm(normalized_shape, eps=1e-5)

    def forward(self, X, Y):
        out = self.drop(Y)
        return self.ln(torch.add(X, out))
