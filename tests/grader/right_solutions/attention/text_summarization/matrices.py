"""Copying as a product with one-hot rows, coverage as one with a strictly lower triangle; min written as a difference."""

import torch
import torch.nn.functional as F


def final_distribution(p_gen, vocab_dist, attention, source_ids, extended_size):
    copy = F.one_hot(source_ids, extended_size).to(attention.dtype)
    copied = torch.einsum("bn,bnw->bw", attention, copy)
    extend = torch.eye(vocab_dist.shape[1], extended_size, dtype=vocab_dist.dtype)
    return torch.lerp(copied, vocab_dist @ extend, p_gen)


def coverage_loss(attentions):
    b, t, n = attentions.shape
    before = torch.ones(t, t, dtype=attentions.dtype).tril(diagonal=-1)
    coverage = torch.matmul(before, attentions)
    minimum = attentions - torch.relu(attentions - coverage)
    return minimum.sum() / b
