"""In the style of published BERT code: one matrix for both logits, torch.where; triu and tril of a mask; nll of log_softmax."""

import torch
import torch.nn.functional as F


def span_logits(hidden, w_start, w_end, context_mask):
    logits = F.linear(hidden, torch.stack([w_start, w_end]))
    logits = torch.where(context_mask.unsqueeze(-1), logits, torch.full_like(logits, -torch.inf))
    start_logits, end_logits = logits.split(1, dim=-1)
    return start_logits.squeeze(-1), end_logits.squeeze(-1)


def best_span(start_logits, end_logits, max_answer_len):
    n = start_logits.size(1)
    outer = start_logits.unsqueeze(2) + end_logits.unsqueeze(1)
    candidates = torch.ones(n, n, dtype=torch.bool).triu().tril(max_answer_len - 1)
    outer[:, ~candidates] = -1e9
    rows, starts = outer.max(dim=2).values.max(dim=1)
    best = []
    for i, start in enumerate(starts.tolist()):
        best.append([start, int(outer[i, start].argmax())])
    return torch.tensor(best)


def span_loss(start_logits, end_logits, start, end):
    losses = [F.nll_loss(F.log_softmax(logits, dim=-1), t) for logits, t in ((start_logits, start), (end_logits, end))]
    return torch.stack(losses).mean()
