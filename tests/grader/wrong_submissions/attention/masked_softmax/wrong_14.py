# mistake: the softmax of x · mask, times mask.
# diagnosis: masked-before-and-after
import torch
from torch import Tensor


def _padding(lens: Tensor, k: int) -> Tensor:
    return torch.arange(k, device=lens.device) >= lens.to(torch.float64).unsqueeze(-1)


def sequence_mask(X: Tensor, valid_len: Tensor, value: float = 0) -> Tensor:
    return torch.where(_padding(valid_len, X.shape[-1]), torch.full_like(X, value), X)


def masked_softmax(X: Tensor, valid_lens: Tensor | None) -> Tensor:
    if valid_lens is not None:
        lens = valid_lens if valid_lens.ndim == 2 else valid_lens.unsqueeze(-1)
        mask = (~_padding(lens, X.shape[-1])).to(X.dtype)
        return torch.softmax(X * mask, dim=-1) * mask
    return torch.log_softmax(X, dim=-1).exp()
