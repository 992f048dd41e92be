"""Vector by vector, sums by hand; AddNorm with a dropout mask of its own."""

import torch
from torch import nn


def layer_norm(X, gamma, beta, eps=1e-5):
    d = X.shape[-1]
    out = []
    for x in X.reshape(-1, d):
        mean = sum(x) / d
        variance = sum((one - mean) ** 2 for one in x) / d
        out.append(torch.stack([(x[i] - mean) / (variance + eps) ** 0.5 * gamma[i] + beta[i] for i in range(d)]))
    return torch.stack(out).reshape(X.shape)


class AddNorm(nn.Module):
    def __init__(self, normalized_shape, dropout):
        super().__init__()
        self.p = dropout
        self.ln = nn.LayerNorm(normalized_shape)

    def forward(self, X, Y):
        if self.training:
            Y = Y * (torch.rand_like(Y) >= self.p) / (1 - self.p)
        return self.ln(X + Y)
