import torch


def halve(X):
    return torch.floor(X / 2)
