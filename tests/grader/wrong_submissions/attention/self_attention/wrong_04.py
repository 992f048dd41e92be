# mistake: a mask of 1 and 0 is added to the scores.
# diagnosis: mask-added-as-a-number
import torch


def causal_mask(n):
    return torch.tril(torch.ones(n, n, dtype=torch.bool))


def self_attention(X, W_q, W_k, W_v, mask=None):
    q, k, v = torch.matmul(X, W_q), torch.matmul(X, W_k), torch.matmul(X, W_v)
    scores = torch.matmul(q, k.transpose(-2, -1)) / torch.sqrt(torch.tensor(k.size(-1)))
    if mask is not None:
        scores = scores + mask
    p_attn = torch.softmax(scores, dim=-1)
    return torch.matmul(p_attn, v), p_attn
