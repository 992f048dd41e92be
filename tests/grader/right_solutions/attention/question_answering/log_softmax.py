"""Plain loops over spans; a mask that is added; one cross-entropy over both ends."""

import torch
import torch.nn.functional as F


def span_logits(hidden, w_start, w_end, context_mask):
    hidden_to_all = torch.zeros(context_mask.shape, dtype=hidden.dtype).masked_fill(~context_mask, -torch.inf)
    return hidden @ w_start + hidden_to_all, hidden @ w_end + hidden_to_all


def best_span(start_logits, end_logits, max_answer_len):
    spans = []
    for start, end in zip(start_logits, end_logits):
        best = None
        for i in range(len(start)):
            for j in range(i, min(i + max_answer_len, len(end))):
                score = start[i] + end[j]
                if best is None or score > best[0]:
                    best = score, i, j
        spans.append(best[1:])
    return torch.tensor(spans)


def span_loss(start_logits, end_logits, start, end):
    both = torch.cat([start_logits, end_logits])
    return -F.log_softmax(both, dim=-1).gather(1, torch.cat([start, end])[:, None]).mean()
