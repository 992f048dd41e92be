"""Right: index_put with accumulate on a flat vector; the coverage by a loop and min(a, c) = (a + c - |a - c|) / 2."""

import torch
from torch import Tensor


def final_distribution(
    p_gen: Tensor, vocab_dist: Tensor, attention: Tensor, source_ids: Tensor, extended_size: int
) -> Tensor:
    b, V = vocab_dist.shape
    offsets = torch.arange(b, device=source_ids.device)[:, None] * extended_size
    places = torch.cat([torch.arange(V, device=source_ids.device).expand(b, V), source_ids], dim=1) + offsets
    parts = torch.cat([p_gen * vocab_dist, attention - p_gen * attention], dim=1)
    flat = torch.zeros(b * extended_size, dtype=parts.dtype, device=parts.device)
    return flat.index_put((places.flatten(),), parts.flatten(), accumulate=True).reshape(b, extended_size)


def coverage_loss(attentions: Tensor) -> Tensor:
    first, *rest = attentions.unbind(dim=1)
    coverage, loss = first, 0 * first.sum()
    for step in rest:
        loss = loss + ((step + coverage - (step - coverage).abs()) / 2).sum()
        coverage = coverage + step
    return loss / len(attentions)
