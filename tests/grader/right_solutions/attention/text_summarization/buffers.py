"""In place on buffers of its own: index_put with accumulate, index_add on the flattened rows for the copies."""

import torch


def final_distribution(p_gen, vocab_dist, attention, source_ids, extended_size):
    b = len(p_gen)
    result = torch.zeros(b, extended_size, dtype=vocab_dist.dtype)
    result[:, : vocab_dist.shape[1]] = vocab_dist
    result.mul_(p_gen)
    offsets = torch.arange(b).unsqueeze(1) * extended_size
    flat = result.view(-1).index_add(0, (offsets + source_ids).view(-1), (attention - p_gen * attention).reshape(-1))
    return flat.view(b, extended_size)


def coverage_loss(attentions):
    total = 0
    for t in range(attentions.shape[1]):
        coverage = attentions[:, :t].sum(dim=1)
        total = total + torch.where(attentions[:, t] < coverage, attentions[:, t], coverage).sum(-1).mean()
    return total
