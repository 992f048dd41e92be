# mistake: `+=` at an index with repeated words keeps only one of the additions, so copies of one word do not add up
# diagnosis: repeated-words-lost
import torch


def final_distribution(p_gen, vocab_dist, attention, source_ids, extended_size):
    b, V = vocab_dist.shape
    final = vocab_dist.new_zeros(b, extended_size)
    final[:, :V] = p_gen * vocab_dist
    rows = torch.arange(b).unsqueeze(1)
    final[rows, source_ids] += (1 - p_gen) * attention
    return final


def coverage_loss(attentions):
    coverage = torch.cumsum(attentions, dim=1) - attentions
    return torch.minimum(attentions, coverage).sum(dim=(1, 2)).mean()
