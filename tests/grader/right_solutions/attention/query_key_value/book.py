"""The book's own code: bmm from 10.3, the softmax of 3.6.2 with the maximum subtracted as 3.7.2 says."""

import torch


def similarity_scores(queries, keys):
    return torch.bmm(queries, keys.transpose(1, 2))


def attention_weights(X):
    X = X - X.max(dim=2, keepdim=True).values
    X_exp = torch.exp(X)
    partition = X_exp.sum(2, keepdim=True)
    return X_exp / partition  # 这里应用了广播机制


def attend(attention_weights, values):
    return torch.bmm(attention_weights, values)
