# mistake: takes the softmax over all keys and only then zeroes the padded ones, without renormalising: the weights of
# diagnosis: mask-after-softmax
# the valid keys do not sum to 1.
import torch
from torch import Tensor


def _lengths_per_row(lens: Tensor, b: int, q: int) -> Tensor:
    """(b,) or (b, q) -> (b*q,)"""
    return torch.broadcast_to(lens[:, None] if lens.ndim == 1 else lens, (b, q)).reshape(-1)


def sequence_mask(X: Tensor, valid_len: Tensor, value: float = 0) -> Tensor:
    position = torch.arange(X.shape[-1], device=X.device).expand_as(X)
    padding = torch.ge(position, valid_len.reshape(-1, 1))
    return torch.masked_fill(X, padding, value)


def masked_softmax(X: Tensor, valid_lens: Tensor | None) -> Tensor:
    weights = X.softmax(-1)
    if valid_lens is not None:
        b, q, _ = X.shape
        weights = sequence_mask(weights.flatten(0, 1), _lengths_per_row(valid_lens, b, q)).unflatten(0, (b, q))
    return weights
