# mistake: the coverage is detached, so no gradient flows back through it
# diagnosis: coverage-detached
import torch
import torch.nn.functional as F


def final_distribution(p_gen, vocab_dist, attention, source_ids, extended_size):
    generated = F.pad(p_gen * vocab_dist, (0, extended_size - vocab_dist.shape[1]))
    return generated.scatter_add(1, source_ids, (1 - p_gen) * attention)


def coverage_loss(attentions):
    coverage = torch.zeros_like(attentions[:, 0, :])
    losses = []
    for t in range(attentions.size(1)):
        a = attentions[:, t, :]
        losses.append(torch.minimum(a, coverage).sum(dim=1))
        coverage = (coverage + a).detach()  # the history is a constant for this step
    return torch.stack(losses, dim=1).sum(dim=1).mean()
