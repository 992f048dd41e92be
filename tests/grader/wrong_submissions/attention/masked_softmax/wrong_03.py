# mistake: for lengths (b,) uses Tensor.repeat (tiles 1,2,1,2,…) where repeat_interleave (1,1,2,2,…) is needed, so
# diagnosis: lengths-tiled
# queries get the length of another sample.
import torch
from jaxtyping import Float, Num
from torch import Tensor, nn


def sequence_mask(X: Float[Tensor, "n k"], valid_len: Num[Tensor, " n"], value: float = 0) -> Float[Tensor, "n k"]:
    mask = torch.arange(X.size(1), dtype=torch.float32, device=X.device)[None, :] < valid_len[:, None]
    X[~mask] = value
    return X


def masked_softmax(X: Float[Tensor, "b q k"], valid_lens: Num[Tensor, "..."] | None) -> Float[Tensor, "b q k"]:
    if valid_lens is None:
        return nn.functional.softmax(X, dim=-1)
    shape = X.shape
    if valid_lens.dim() == 1:
        valid_lens = valid_lens.repeat(shape[1])
    else:
        valid_lens = valid_lens.reshape(-1)
    X = sequence_mask(X.reshape(-1, shape[-1]).clone(), valid_lens, value=-1e6)
    return nn.functional.softmax(X.reshape(shape), dim=-1)
