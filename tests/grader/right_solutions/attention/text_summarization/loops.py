"""Word by word and position by position, in Python loops."""

import torch


def final_distribution(p_gen, vocab_dist, attention, source_ids, extended_size):
    rows = []
    for g, words, weights, ids in zip(p_gen[:, 0], vocab_dist, attention, source_ids.tolist()):
        row = [g * word for word in words] + [g * 0] * (extended_size - len(words))
        for weight, word in zip(weights, ids):
            row[word] = row[word] + (1 - g) * weight
        rows.append(torch.stack(row))
    return torch.stack(rows)


def coverage_loss(attentions):
    losses = []
    for sample in attentions:
        loss, seen = sample.new_zeros(()), [sample.new_zeros(())] * sample.shape[1]
        for step in sample:
            for i, a in enumerate(step):
                loss = loss + (a if a < seen[i] else seen[i])
                seen[i] = seen[i] + a
        losses.append(loss)
    return sum(losses) / len(losses)
