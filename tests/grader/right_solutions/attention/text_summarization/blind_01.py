"""Right: copying as a product with one-hot vectors, coverage as a product with a triangular matrix."""

import torch
import torch.nn.functional as F


def final_distribution(p_gen, vocab_dist, attention, source_ids, extended_size):
    which = F.one_hot(source_ids, extended_size).to(attention.dtype)  # (b, n, extended_size)
    copied = torch.einsum("bn,bnw->bw", attention, which)
    place = torch.eye(vocab_dist.shape[1], extended_size, dtype=vocab_dist.dtype, device=vocab_dist.device)
    return torch.lerp(copied, vocab_dist @ place, p_gen)


def coverage_loss(attentions):
    b, t, n = attentions.shape
    before = torch.ones(t, t, dtype=attentions.dtype, device=attentions.device).tril(-1)
    coverage = torch.einsum("ts,bsn->btn", before, attentions)
    return torch.where(attentions < coverage, attentions, coverage).sum() / b
