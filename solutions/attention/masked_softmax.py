"""Masked softmax: the reference."""

import torch
from jaxtyping import Float, Num
from torch import Tensor


def sequence_mask(X: Float[Tensor, "n k"], valid_len: Num[Tensor, " n"], value: float = 0) -> Float[Tensor, "n k"]:
    positions = torch.arange(X.shape[1])  # (k,)
    valid = positions < valid_len[:, None]  # (n, k)
    return torch.where(valid, X, value)  # (n, k)


def masked_softmax(X: Float[Tensor, "b q k"], valid_lens: Num[Tensor, "..."] | None) -> Float[Tensor, "b q k"]:
    if valid_lens is None:
        return torch.softmax(X, dim=-1)  # (b, q, k)
    b, q, k = X.shape
    if valid_lens.dim() == 1:
        valid_lens = valid_lens.repeat_interleave(q)  # (b·q,): a sample's length for each of its queries
    scores = sequence_mask(X.reshape(b * q, k), valid_lens.reshape(-1), value=float("-inf"))  # (b·q, k)
    largest = scores.amax(dim=-1, keepdim=True).clamp_min(
        torch.finfo(X.dtype).min
    )  # (b·q, 1), finite if nothing is valid
    exp = torch.exp(scores - largest)  # (b·q, k), 0 where masked
    total = exp.sum(dim=-1, keepdim=True)  # (b·q, 1)
    return (exp / total.where(total > 0, 1)).reshape(b, q, k)  # (b, q, k)
