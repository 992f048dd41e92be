# mistake: no maximum is subtracted.
# diagnosis: no-maximum-subtracted
import torch


def similarity_scores(queries, keys):
    return torch.bmm(queries, keys.transpose(1, 2))


def attention_weights(X):
    X_exp = torch.exp(X)
    partition = X_exp.sum(2, keepdim=True)
    return X_exp / partition  # 这里应用了广播机制


def attend(attention_weights, values):
    return torch.bmm(attention_weights, values)
