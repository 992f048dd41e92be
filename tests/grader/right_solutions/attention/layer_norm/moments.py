"""By moments, E[x²] - E[x]², and rsqrt; AddNorm with a norm of its own in place of nn.LayerNorm, functional dropout."""

import torch
import torch.nn.functional as F
from torch import nn


def layer_norm(X, gamma, beta, eps=1e-5):
    mean = X.mean(-1, keepdim=True)
    var = X.square().mean(-1, keepdim=True) - mean.square()
    return torch.addcmul(beta, (X - mean) * torch.rsqrt(var + eps), gamma)


class Norm(nn.Module):
    def __init__(self, shape):
        super().__init__()
        self.axes = 1 if isinstance(shape, int) else len(shape)
        self.weight = nn.Parameter(torch.ones(shape))
        self.bias = nn.Parameter(torch.zeros(shape))

    def forward(self, X):
        out = layer_norm(X.flatten(-self.axes), self.weight.flatten(), self.bias.flatten())
        return out.reshape(X.shape)


class AddNorm(nn.Module):
    def __init__(self, normalized_shape, dropout):
        super().__init__()
        self.p = dropout
        self.ln = Norm(normalized_shape)

    def forward(self, X, Y):
        return self.ln(X + F.dropout(Y, self.p, self.training))
