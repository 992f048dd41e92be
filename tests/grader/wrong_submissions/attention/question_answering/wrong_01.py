# mistake: the lengths are tried one after the other and only a better sum replaces, so of equal spans the SHORTEST wins, not that with the smallest start
# diagnosis: shortest-of-equals
import torch
import torch.nn.functional as F


def span_logits(hidden, w_start, w_end, context_mask):
    start = (hidden @ w_start).masked_fill(~context_mask, float("-inf"))
    end = (hidden @ w_end).masked_fill(~context_mask, float("-inf"))
    return start, end


def best_span(start_logits, end_logits, max_answer_len):
    b, n = start_logits.shape
    best_score = torch.full_like(start_logits[:, 0], float("-inf"))
    best = torch.zeros(b, 2, dtype=torch.int64)
    for k in range(min(max_answer_len, n)):
        sums = start_logits[:, : n - k] + end_logits[:, k:]
        start = sums.argmax(dim=1)
        score = sums.gather(1, start[:, None]).squeeze(1)
        better = score > best_score
        best_score = torch.where(better, score, best_score)
        best = torch.where(better[:, None], torch.stack([start, start + k], dim=1), best)
    return best


def span_loss(start_logits, end_logits, start, end):
    return (F.cross_entropy(start_logits, start) + F.cross_entropy(end_logits, end)) / 2
