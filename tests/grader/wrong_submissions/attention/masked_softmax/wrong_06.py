# mistake: the "stable" softmax subtracts the maximum over ALL keys, the padded ones included; if a padded score is about
# diagnosis: maximum-over-masked-keys
# 100+ above the valid ones, every valid exp underflows to 0 and the row is 0/0 = NaN.
import torch as th


def sequence_mask(X, valid_len, value=0):
    n, k = X.shape
    idx = th.arange(k, device=X.device).repeat(n, 1)
    return th.where(idx < valid_len.view(n, 1), X, th.tensor(value, dtype=X.dtype, device=X.device))


def masked_softmax(X, valid_lens):
    b, q, k = X.shape
    top = th.amax(X, dim=-1, keepdim=True)
    num = th.exp(X - top)                       # never overflows
    if valid_lens is not None:
        if valid_lens.ndim < 2:
            valid_lens = valid_lens.reshape(b, 1) * th.ones((1, q), dtype=valid_lens.dtype, device=X.device)
        num = sequence_mask(num.reshape(b * q, k), valid_lens.reshape(b * q)).reshape(b, q, k)
    den = th.einsum("bqk->bq", num)
    return num / den[..., None]
