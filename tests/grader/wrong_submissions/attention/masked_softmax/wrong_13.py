# mistake: float32 whatever the scores are, through logsumexp.
# diagnosis: float32-only
import torch


def sequence_mask(X, valid_len, value=0):
    mask = (torch.arange(X.shape[-1]).expand(*X.shape) < valid_len.reshape(-1, 1)).to(X.dtype)
    return X * mask + value * (1 - mask)


def masked_softmax(X, valid_lens):
    X = X.float()
    if valid_lens is None:
        valid_lens = torch.full((X.shape[0],), X.shape[2])
    if valid_lens.dim() == 1:
        valid_lens = valid_lens[:, None].expand(X.shape[0], X.shape[1])
    for i, per_query in enumerate(valid_lens):
        for j, length in enumerate(per_query):
            X[i, j, int(length) :] = torch.finfo(X.dtype).min
    return torch.exp(X - torch.logsumexp(X, dim=2, keepdim=True))
