# mistake: position by position; without a mask only what came before is looked at.
# diagnosis: always-causal
import math

import torch


def causal_mask(n):
    return torch.tensor([[j <= i for j in range(n)] for i in range(n)])


def self_attention(X, W_q, W_k, W_v, mask=None):
    b, n, _ = X.shape
    outputs, weights = [], []
    for sample in X:
        queries, keys, values = sample @ W_q, sample @ W_k, sample @ W_v
        for i in range(n):
            visible = [j for j in range(n) if (j <= i if mask is None else bool(mask[i, j]))]
            scores = torch.stack([(queries[i] * keys[j]).sum() for j in visible]) / math.sqrt(W_q.shape[1])
            exp = torch.exp(scores - scores.max())
            w = exp / exp.sum()
            row = X.new_zeros(n)
            row[visible] = w.detach()
            weights.append(row)
            outputs.append(sum(one * values[j] for one, j in zip(w, visible, strict=True)))
    return torch.stack(outputs).reshape(b, n, -1), torch.stack(weights).reshape(b, n, n)
