# mistake: by einsum; the sum runs over the queries.
# diagnosis: softmax-over-queries
import torch


def similarity_scores(queries, keys):
    return torch.einsum("bqd,bkd->bqk", queries, keys)


def attention_weights(scores):
    return torch.exp(scores - torch.logsumexp(scores, dim=1, keepdim=True))


def attend(weights, values):
    return torch.einsum("bqk,bkv->bqv", weights, values)
