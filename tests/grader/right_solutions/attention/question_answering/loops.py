"""Python loops over samples, starts and ends; the loss by logsumexp of the finite logits."""

import torch


def span_logits(hidden, w_start, w_end, context_mask):
    def one(w):
        rows = []
        for vectors, inside in zip(hidden, context_mask.tolist()):
            rows.append(torch.stack([v.dot(w) if yes else v.new_tensor(float("-inf")) for v, yes in zip(vectors, inside)]))
        return torch.stack(rows)

    return one(w_start), one(w_end)


def best_span(start_logits, end_logits, max_answer_len):
    result = torch.zeros(len(start_logits), 2, dtype=torch.long)
    for i, (starts, ends) in enumerate(zip(start_logits.tolist(), end_logits.tolist())):
        best = None
        for s in range(len(starts)):
            for e in range(s, min(s + max_answer_len, len(ends))):
                if best is None or starts[s] + ends[e] > best:
                    best = starts[s] + ends[e]
                    result[i, 0], result[i, 1] = s, e
    return result


def span_loss(start_logits, end_logits, start, end):
    total = 0
    for i in range(len(start)):
        for logits, at in ((start_logits[i], start[i]), (end_logits[i], end[i])):
            finite = logits[torch.isfinite(logits)]
            total = total + torch.logsumexp(finite, 0) - logits[at]
    return total / (2 * len(start))
