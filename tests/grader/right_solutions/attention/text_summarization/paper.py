"""As the published code of the pointer-generator network writes it: extra zeros, scatter_add, a coverage that grows step by step."""

import torch


def final_distribution(p_gen, vocab_dist, attention, source_ids, extended_size):
    vocab_dist_ = p_gen * vocab_dist
    attn_dist_ = (1 - p_gen) * attention
    batch_size, vocab_size = vocab_dist.size()
    extra_zeros = torch.zeros((batch_size, extended_size - vocab_size), dtype=vocab_dist.dtype)
    if extended_size > vocab_size:
        vocab_dist_ = torch.cat([vocab_dist_, extra_zeros], 1)
    return vocab_dist_.scatter_add(1, source_ids, attn_dist_)


def coverage_loss(attentions):
    coverage = torch.zeros_like(attentions[:, 0])
    step_losses = []
    for di in range(attentions.size(1)):
        attn_dist = attentions[:, di]
        step_coverage_loss = torch.sum(torch.min(attn_dist, coverage), 1)
        coverage = coverage + attn_dist
        step_losses.append(step_coverage_loss)
    sum_losses = torch.sum(torch.stack(step_losses, 1), 1)
    return torch.mean(sum_losses)
