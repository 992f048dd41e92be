# mistake: by einsum; scaled by the width of X.
# diagnosis: scaled-by-the-input-width
import torch


def causal_mask(n):
    return torch.ones(n, n, dtype=torch.bool).tril()


def self_attention(X, W_q, W_k, W_v, mask=None):
    joined = torch.einsum("dp,ep->de", W_q, W_k) * W_q.size(0) ** -0.5
    scores = torch.einsum("bid,de,bje->bij", X, joined, X)
    if mask is not None:
        scores = scores + (~mask).to(scores.dtype) * -1e9
    weights = scores.softmax(dim=2)
    return torch.einsum("bij,bjd,dv->biv", weights, X, W_v), weights.detach()
