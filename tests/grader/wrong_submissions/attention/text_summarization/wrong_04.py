# mistake: the coverage is only the attention of the step before, not the sum of all steps before
# diagnosis: only-the-step-before
import torch
from jaxtyping import Float, Int
from torch import Tensor


def final_distribution(
    p_gen: Float[Tensor, "b 1"],
    vocab_dist: Float[Tensor, "b V"],
    attention: Float[Tensor, "b n"],
    source_ids: Int[Tensor, "b n"],
    extended_size: int,
) -> Float[Tensor, "b extended_size"]:
    b, V = vocab_dist.shape
    extra = vocab_dist.new_zeros((b, extended_size - V))
    extended = torch.cat([vocab_dist * p_gen, extra], dim=1)
    return torch.scatter_add(extended, dim=1, index=source_ids, src=attention * (1 - p_gen))


def coverage_loss(attentions: Float[Tensor, "b t n"]) -> Float[Tensor, ""]:
    coverage = torch.cat([torch.zeros_like(attentions[:, :1]), attentions[:, :-1]], dim=1)
    overlap = torch.minimum(attentions, coverage)
    return overlap.sum() / attentions.shape[0]
