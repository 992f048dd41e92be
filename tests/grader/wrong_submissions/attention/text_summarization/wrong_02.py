# mistake: the result is made by torch.zeros(...) without a dtype, so float64 inputs are rounded to float32
# diagnosis: float32-result
import torch
from torch import Tensor


def final_distribution(
    p_gen: Tensor, vocab_dist: Tensor, attention: Tensor, source_ids: Tensor, extended_size: int
) -> Tensor:
    batch, vocab = vocab_dist.shape
    result = torch.zeros(batch, extended_size)
    result[:, :vocab] = p_gen * vocab_dist
    copied = (1 - p_gen) * attention
    for row in range(batch):
        for position in range(source_ids.shape[1]):
            result[row, source_ids[row, position]] += copied[row, position]
    return result


def coverage_loss(attentions: Tensor) -> Tensor:
    coverage = torch.zeros_like(attentions[:, 0])
    loss = torch.zeros_like(attentions[:, 0, 0])
    for a in attentions.unbind(1):
        loss = loss + torch.min(a, coverage).sum(-1)
        coverage = coverage + a
    return loss.mean()
