"""In place on a copy; exponentials by hand with the row maximum of the valid keys, normalised by an einsum."""
import torch


def sequence_mask(X, valid_len, value=0):
    lens = valid_len.to(torch.float64)
    pos = torch.arange(X.shape[1], dtype=torch.float64, device=X.device)
    over = torch.einsum("k,n->nk", pos, torch.ones_like(lens)) - lens[:, None] >= 0
    X[over] = value
    return X


def masked_softmax(X, valid_lens):
    b, q, k = X.shape
    S = X.clone().reshape(b * q, k)
    if valid_lens is None:
        valid_lens = torch.full((b,), k, device=X.device)
    lens = valid_lens.reshape(b, -1)
    lens = lens.repeat(1, q // lens.shape[1]).reshape(b * q)
    S = sequence_mask(S, lens, -1e30)
    S = S.sub(S.detach().amax(dim=1, keepdim=True)).exp()
    S = torch.einsum("nk,n->nk", S, S.sum(1).reciprocal())
    return S.reshape(b, q, k)
