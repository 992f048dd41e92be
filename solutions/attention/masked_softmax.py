"""Masked softmax: the reference."""

import torch
from jaxtyping import Float, Num
from torch import Tensor


def sequence_mask(X: Float[Tensor, "n k"], valid_len: Num[Tensor, " n"], value: float = 0) -> Float[Tensor, "n k"]:
    padding = torch.arange(X.shape[1]) >= valid_len[:, None]  # (n, k)
    return X.masked_fill(padding, value)  # (n, k)


def masked_softmax(X: Float[Tensor, "b q k"], valid_lens: Num[Tensor, "..."] | None) -> Float[Tensor, "b q k"]:
    if valid_lens is None:
        return torch.softmax(X, dim=-1)  # (b, q, k)
    b, q, k = X.shape
    if valid_lens.dim() == 1:
        valid_lens = valid_lens.repeat_interleave(q)  # (b·q,): a sample's length for each of its queries
    scores = sequence_mask(X.reshape(b * q, k), valid_lens.reshape(-1), value=float("-inf"))  # (b·q, k)
    weights = torch.softmax(scores, dim=-1).nan_to_num()  # (b·q, k); a row of -inf alone, length 0, is NaN, then 0
    return weights.reshape(b, q, k)  # (b, q, k)
