"""By einsum: W_q and W_k joined to one matrix of products first, an added mask, detached weights."""

import torch


def causal_mask(n):
    return torch.ones(n, n, dtype=torch.bool).tril()


def self_attention(X, W_q, W_k, W_v, mask=None):
    joined = torch.einsum("dp,ep->de", W_q, W_k) * W_q.size(1) ** -0.5
    scores = torch.einsum("bid,de,bje->bij", X, joined, X)
    if mask is not None:
        scores = scores + (~mask).to(scores.dtype) * -1e9
    weights = scores.softmax(dim=2)
    return torch.einsum("bij,bjd,dv->biv", weights, X, W_v), weights.detach()
