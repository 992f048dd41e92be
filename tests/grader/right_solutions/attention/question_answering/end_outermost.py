# Of equal sums the first by end and then start is the first by start and then end, too.
import torch
from torch.nn import functional as F

NEG_INF = float("-inf")


def span_logits(hidden, w_start, w_end, context_mask):
    logits = torch.stack([hidden.matmul(w_start), hidden.matmul(w_end)])
    logits = logits.masked_fill(context_mask.logical_not(), NEG_INF)
    return logits[0], logits[1]


def best_span(start_logits, end_logits, max_answer_len):
    b, n = start_logits.shape
    index = torch.arange(n, device=start_logits.device)
    end, start = index[:, None], index[None, :]
    allowed = (start <= end) & (end < start + max_answer_len)
    pair_scores = end_logits[:, :, None] + start_logits[:, None, :]  # [b, end, start]
    pair_scores = pair_scores.masked_fill(~allowed, NEG_INF)
    flat = pair_scores.flatten(1).argmax(dim=1)
    return torch.stack((flat.remainder(n), flat.div(n, rounding_mode="floor")), dim=1)


def span_loss(start_logits, end_logits, start, end):
    losses = [F.cross_entropy(start_logits, start), F.cross_entropy(end_logits, end)]
    return torch.stack(losses).mean()
