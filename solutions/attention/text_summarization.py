"""Text summarization, copying and coverage: the reference."""

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional as F


def final_distribution(
    p_gen: Float[Tensor, "b 1"],
    vocab_dist: Float[Tensor, "b V"],
    attention: Float[Tensor, "b n"],
    source_ids: Int[Tensor, "b n"],
    extended_size: int,
) -> Float[Tensor, "b extended_size"]:
    generated = p_gen * vocab_dist  # (b, V)
    copied = (1 - p_gen) * attention  # (b, n)
    extended = F.pad(generated, (0, extended_size - generated.shape[1]))  # (b, extended_size)
    return extended.scatter_add(1, source_ids, copied)  # (b, extended_size)


def coverage_loss(attentions: Float[Tensor, "b t n"]) -> Float[Tensor, ""]:
    coverage = attentions.cumsum(dim=1) - attentions  # (b, t, n), the sum over the steps before
    repeated = torch.minimum(attentions, coverage)  # (b, t, n)
    return repeated.sum(dim=(1, 2)).mean()  # ()
