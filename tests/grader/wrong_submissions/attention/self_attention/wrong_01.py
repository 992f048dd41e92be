# mistake: in place; the mask is read the other way round.
# diagnosis: mask-transposed
import torch
import torch.nn.functional as F


def causal_mask(n):
    mask = torch.zeros((n, n), dtype=torch.bool)
    for i in range(n):
        mask[i, : i + 1] = True
    return mask


def self_attention(X, W_q, W_k, W_v, mask=None):
    p, v = W_q.shape[1], W_v.shape[1]
    q, k, value = (X @ torch.cat([W_q, W_k, W_v], dim=1)).split([p, p, v], dim=-1)
    scores = torch.matmul(q, k.permute(0, 2, 1))
    scores.div_(p**0.5)
    if mask is not None:
        scores.masked_fill_(mask.logical_not().T[None], -1e6)
    weights = F.log_softmax(scores, -1).exp()
    return torch.bmm(weights, value), weights
