# mistake: buffers; attend takes the mean over the keys.
# diagnosis: mean-of-the-values
import torch


def similarity_scores(queries, keys):
    return (queries.unsqueeze(2) * keys.unsqueeze(1)).sum(-1)


def attention_weights(scores):
    weights = scores.clone()
    weights.sub_(scores.detach().max(-1, keepdim=True)[0])
    weights = weights.exp()
    return weights.mul(weights.sum(-1).reciprocal().unsqueeze(-1))


def attend(weights, values):
    b, q, k = weights.shape
    out = torch.zeros(b, q, values.size(2), dtype=values.dtype)
    for j in range(k):
        out = out + weights[:, :, j : j + 1] * values[:, j : j + 1, :]
    return out / k
