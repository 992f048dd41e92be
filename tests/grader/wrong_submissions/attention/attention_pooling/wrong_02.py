# mistake: query by query; the square is halved nowhere.
# diagnosis: not-halved
import torch
from torch import nn


def _weights(scores):
    largest = max(float(score.detach()) for score in scores)
    kernels = [torch.exp(score - largest) for score in scores]
    total = sum(kernels)
    return torch.stack([kernel / total for kernel in kernels])


def average_pooling(x_query, y_train):
    return torch.stack([sum(y_train) / len(y_train) for _ in x_query])


def gaussian_weights(x_query, x_train, bandwidth=1.0):
    if not bandwidth > 0:
        raise ValueError(bandwidth)
    return torch.stack([_weights([-(((x - key) / bandwidth) ** 2) for key in x_train]) for x in x_query])


def nadaraya_watson(x_query, x_train, y_train, bandwidth=1.0):
    rows = gaussian_weights(x_query, x_train, bandwidth)
    return torch.stack([sum(weight * y for weight, y in zip(row, y_train)) for row in rows])


class NWKernelRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(torch.empty(1).uniform_(0, 1))

    def forward(self, queries, keys, values):
        rows, outputs = [], []
        for x, row_keys, row_values in zip(queries, keys, values):
            rows.append(_weights([-((self.w[0] * (x - key)) ** 2) for key in row_keys]))
            outputs.append(rows[-1].dot(row_values))
        self.attention_weights = torch.stack(rows).detach()
        return torch.stack(outputs)
