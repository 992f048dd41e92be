# mistake: computes in numpy on X.detach(), so the result carries no graph: no gradient flows back to the scores.
# diagnosis: detached
import numpy as np
import torch


def sequence_mask(X, valid_len, value=0):
    pos = np.arange(X.shape[1])[np.newaxis, :]
    bad = torch.from_numpy(pos >= valid_len.detach().cpu().numpy()[:, np.newaxis])
    Y = X.clone()
    Y[bad] = value
    return Y


def masked_softmax(X, valid_lens):
    a = X.detach().cpu().numpy().copy()
    b, q, k = a.shape
    if valid_lens is not None:
        L = valid_lens.detach().cpu().numpy()
        if L.ndim == 1:
            L = np.tile(L[:, None], (1, q))
        mask = np.arange(k)[None, None, :] >= L[:, :, None]
        a[mask] = -np.inf
    a = a - a.max(axis=-1, keepdims=True)
    e = np.exp(a)
    return torch.from_numpy(e / e.sum(axis=-1, keepdims=True)).to(X.dtype).to(X.device)
