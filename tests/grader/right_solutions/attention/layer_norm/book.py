"""The book's own AddNorm (d2l 0.17.6); layer_norm as the book writes its batch_norm, over the last axis."""

import torch
from torch import nn


def layer_norm(X, gamma, beta, eps=1e-5):
    mean = X.mean(dim=-1, keepdim=True)
    var = ((X - mean) ** 2).mean(dim=-1, keepdim=True)
    X_hat = (X - mean) / torch.sqrt(var + eps)
    Y = gamma * X_hat + beta  # 缩放和移位
    return Y


class AddNorm(nn.Module):
    """残差连接后进行层规范化"""

    def __init__(self, normalized_shape, dropout, **kwargs):
        super(AddNorm, self).__init__(**kwargs)
        self.dropout = nn.Dropout(dropout)
        self.ln = nn.LayerNorm(normalized_shape)

    def forward(self, X, Y):
        return self.ln(self.dropout(Y) + X)
