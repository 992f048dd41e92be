# mistake: the class divides by the sum of exp, without the maximum.
# diagnosis: no-maximum-subtracted
import torch
from torch import nn


def average_pooling(x_query, y_train):
    out = torch.empty_like(x_query)
    out[:] = torch.mean(y_train)
    return out


def _kernels(differences):
    scores = differences.pow_(2).div_(-2) if not differences.requires_grad else -(differences**2) / 2
    return torch.exp(scores - scores.amax(dim=0, keepdim=True))


def gaussian_weights(x_query, x_train, bandwidth=1.0):
    if bandwidth <= 0:
        raise ValueError("no")
    kernels = _kernels((x_train.view(-1, 1) - x_query.view(1, -1)) / bandwidth)
    return (kernels / kernels.sum(0)).t()


def nadaraya_watson(x_query, x_train, y_train, bandwidth=1.0):
    if bandwidth <= 0:
        raise ValueError("no")
    kernels = _kernels((x_train.view(-1, 1) - x_query.view(1, -1)) / bandwidth)
    return (y_train @ kernels) / kernels.sum(dim=0)


class NWKernelRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.rand(1))
        self.attention_weights = None

    def forward(self, queries, keys, values):
        kernels = torch.exp(-(((keys.t() - queries) * self.w) ** 2) / 2)
        total = kernels.sum(dim=0)
        self.attention_weights = (kernels / total).t()
        return (kernels * values.t()).sum(dim=0) / total
